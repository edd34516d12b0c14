import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { templateDockerfile } from '../../src/formats/init/dockerfile-template.ts';
import { templateNames } from '../../src/formats/init/template-choices.ts';
import { filesBelow, readHere } from '../support/doc-pages.ts';
import { labEnv, requireLab } from '../support/lab.ts';

const run = promisify(execFile);
const choices = { name: 'poem', python: '3.11', uid: 1234, gid: 1235 };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-lint-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What hadolint says of a Dockerfile, with no configuration but what is in it. */
async function findingsIn(text: string): Promise<readonly string[]> {
  const file = path.join(folder, 'Dockerfile');
  await writeFile(file, text);
  const lab = requireLab();
  const args = ['--no-color', '--config', '/dev/null', '--no-fail', '--format', 'json', file];
  const { stdout: said } = await run(lab.tools.hadolint, args, { env: labEnv(lab), cwd: folder });
  const found = JSON.parse(said) as readonly {
    readonly line: number;
    readonly code: string;
    readonly message: string;
  }[];
  return found.map(({ line, code, message }) => `${line} ${code} ${message}`);
}

/** Exceptions from the rules of hadolint that no comment just above gives a reason for. */
function unexplained(text: string): readonly string[] {
  const lines = text.split('\n');
  const isException = (line: string): boolean => /^#\s*hadolint\b/.test(line);
  return lines.filter((line, index) => {
    const above = lines[index - 1] ?? '';
    return isException(line) && (isException(above) || !/^# \w.*\w\W?$/.test(above));
  });
}

describe('hadolint', () => {
  it('finds what is wrong with a Dockerfile that has something wrong', async () => {
    const text = 'FROM python\n# hadolint ignore=DL3042\nRUN pip install cowsay\n';
    expect(await findingsIn(text)).toEqual([expect.stringMatching(/^1 DL3006 /), expect.stringMatching(/^3 DL3013 /)]);
    expect(unexplained(text)).toEqual(['# hadolint ignore=DL3042']);
  });

  const written = filesBelow('examples', 'Dockerfile');

  it('hears a Dockerfile of every example but the one that generates them', () => {
    const heard = new Set(written.map((file) => file.split('/')[1]));
    const examples = filesBelow('examples', 'README.md').map((file) => file.split('/')[1]);
    expect([...heard, 'opencrate'].sort()).toEqual([...new Set(examples)].sort());
  });

  it.each(written)('finds nothing in %s that is not explained in it', async (file) => {
    const text = readHere(file);
    expect([await findingsIn(text), unexplained(text)]).toEqual([[], []]);
  });

  it('finds nothing in the fourteen Dockerfiles that opencrate generates', async () => {
    const copy = path.join(folder, 'opencrate');
    await cp(path.join(root, 'examples/opencrate'), copy, { recursive: true });
    const made = path.join(copy, 'docker/dockerfiles');
    await rm(made, { recursive: true, force: true });
    await run('sh', ['docker/dockerfiles.sh'], { cwd: copy });
    const files = await readdir(made);
    expect(files).toHaveLength(14);
    for (const file of files) {
      const text = await readFile(path.join(made, file), 'utf8');
      expect([file, await findingsIn(text), unexplained(text)]).toEqual([file, [], []]);
    }
  });

  it.each(templateNames)(
    'finds nothing in what `slipway init --template %s` writes that is not explained in it',
    async (name) => {
      const text = templateDockerfile(name, choices);
      expect([await findingsIn(text), unexplained(text)]).toEqual([[], []]);
    },
  );
});
