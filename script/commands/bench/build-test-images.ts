import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { run } from '../lab/command.ts';
import { ScriptError } from '../script.ts';

/** Images that are built both ways. */
export interface ImageKind {
  readonly name: 'set' | 'steps' | 'python';
  readonly keys: readonly string[];
  /** One step of ours builds all of them; otherwise each has a step of its own. */
  readonly isTogether: boolean;
  /** What they are, in words. */
  readonly about: string;
  /** What the test of each runs, by the shell of the image. */
  readonly test: string;
  /** Writes the folder of an image, of which no step was ever run. */
  write(folder: string, nonce: string): Promise<void>;
}

const SET_SIZE = 14;
const MIB = 2 ** 20;
const PYTHON_MIB = 256;
const Python = z.tuple([z.string(), z.string()]);

/** Fourteen small images, as a matrix of versions has them. */
export function busyboxSet(isTogether: boolean): ImageKind {
  return {
    name: isTogether ? 'set' : 'steps',
    isTogether,
    keys: Array.from({ length: SET_SIZE }, (_, index) => `image-${index + 1}`),
    about: `${SET_SIZE} images on busybox, ${isTogether ? 'all in one step of ours' : 'each in a step of ours'}`,
    test: 'grep -q . /app/built && /app/hello',
    async write(folder, nonce) {
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'hello'), `#!/bin/sh\necho hello from ${nonce}\n`, { mode: 0o755 });
      const lines = [
        'FROM busybox:1.36',
        'COPY hello /app/hello',
        `RUN echo ${nonce} > /app/built`,
        'CMD ["/app/hello"]',
      ];
      await writeFile(path.join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
    },
  };
}

/**
 * One image of the size that images of Python have: the interpreter of this machine on busybox, filled up to 256 MiB
 * by its own steps, half with bytes that do not compress and half with text, since no base of that size can be fetched.
 */
export async function pythonImage(workFolder: string): Promise<ImageKind> {
  const root = path.join(workFolder, 'python-root');
  const { program, mib } = await copyPython(root);
  const each = Math.ceil((PYTHON_MIB - mib) / 2);
  const fill = (what: string, kind: string): string =>
    `RUN ["${program}", "-c", "import os, random; os.makedirs('/packages', exist_ok=True); ${what}; open('/packages/${kind}', 'wb').write(data)"]`;
  return {
    name: 'python',
    isTogether: true,
    keys: ['python'],
    about: `the interpreter of this machine (${mib} MiB) on busybox, filled up to ${PYTHON_MIB} MiB by two steps`,
    test: `${program} -c "import json, ssl, sqlite3, os; assert os.path.getsize('/packages/text') > 1000000"`,
    async write(folder, nonce) {
      await mkdir(folder, { recursive: true });
      await cp(root, path.join(folder, 'root'), { recursive: true, verbatimSymlinks: true });
      // Else the way that goes second would find the largest layer in the cache.
      await writeFile(path.join(folder, 'root', 'nonce'), nonce);
      await writeFile(path.join(folder, 'app.py'), `print('${nonce}')\n`);
      const lines = [
        'FROM busybox:1.36',
        'COPY root/ /',
        fill(`data = random.Random('${nonce}').randbytes(${each * MIB})`, 'random'),
        fill(
          `data = b''.join(b'%s line %d of a module\\\\n' % (b'${nonce}', n) for n in range(${each * 22000}))[:${each * MIB}]`,
          'text',
        ),
        'COPY app.py /app.py',
      ];
      await writeFile(path.join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
    },
  };
}

/** Copies the interpreter, its library and what both are linked with, each to the place that it has here. */
async function copyPython(root: string): Promise<{ readonly program: string; readonly mib: number }> {
  const ask =
    'import json, os, sys, sysconfig; print(json.dumps([os.path.realpath(sys.executable), sysconfig.get_path("stdlib")]))';
  const [program, library] = Python.parse(JSON.parse(await run('python3', ['-c', ask])));
  const place = (file: string): string => path.join(root, file);
  await cp(library, place(library), {
    recursive: true,
    filter: (from) => !/\/(__pycache__|site-packages|dist-packages|test|tests|config-[^/]*)$/.test(from),
  });
  await mkdir(path.dirname(place(program)), { recursive: true });
  await cp(program, place(program));
  const linked = await run('sh', ['-c', 'ldd "$0" "$1"/lib-dynload/*.so', program, library]);
  for (const [, file = ''] of linked.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)) {
    await mkdir(path.dirname(place(file)), { recursive: true });
    await cp(file, place(file), { dereference: true });
  }
  if (!(await stat(place(program))).isFile()) throw new ScriptError(`${program} is no interpreter that can be copied`);
  const size = await run('du', ['--summarize', '--block-size=1M', '--apparent-size', root]);
  return { program, mib: Number.parseInt(size, 10) };
}
