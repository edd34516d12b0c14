import { ToolError } from '../../domain/errors.ts';
import { joinPath } from '../../domain/path.ts';
import type { GenerateConfig } from '../../formats/config-schema.ts';
import { contextFilter } from '../../formats/dockerignore.ts';
import type { Ports } from '../../ports/ports.ts';

const state = 'nothing was built';
const maxGeneratedBytes = 256 * 1024;

/** Runs a project's own generator once, and answers the text of each file that it is there to make. */
export async function generateDockerfiles(
  ports: Pick<Ports, 'exec' | 'files' | 'log'>,
  folder: string,
  { generate, where }: { readonly generate: GenerateConfig; readonly where: string },
): Promise<ReadonlyMap<string, string>> {
  await runGenerator(ports, folder, { generate, where });
  const isOther = contextFilter(generate.outputs.join('\n'), where);
  const paths = (await filesBelow(ports.files, folder, '')).filter((path) => !isOther(path));
  const texts = await Promise.all(
    paths.map(async (path) => {
      const text = (await ports.files.readText(joinPath(folder, path))) ?? '';
      if (text.length > maxGeneratedBytes) throw tooLong(path);
      return [path, text] as const;
    }),
  );
  if (texts.length === 0) throw madeNothing(generate, where);
  return new Map(texts);
}

async function runGenerator(
  { exec, log }: Pick<Ports, 'exec' | 'log'>,
  folder: string,
  { generate, where }: { readonly generate: GenerateConfig; readonly where: string },
): Promise<void> {
  const { run } = generate;
  const [program = '', ...args] = typeof run === 'string' ? ['sh', '-eu', '-c', run] : run;
  const lines: string[] = [];
  const timeoutMs = generate['timeout-minutes'] * 60_000;
  const result = await exec.run(program, args, { cwd: folder, timeoutMs, onLine: (line) => void lines.push(line) });
  if (result.exitCode === 0) return;
  log.relay(lines.slice(-200), 'the generator of Dockerfiles');
  throw new ToolError({
    code: 'generate-failed',
    what:
      result.exitCode === 127
        ? `the generator was not found: ${program}`
        : `the generator ended with exit code ${result.exitCode}`,
    where,
    state,
    next: 'run it by hand in the repository; what it printed is above',
  });
}

/** All files of the repository but those of git, of ours, and of packages that somebody installed. */
async function filesBelow(files: Ports['files'], folder: string, relative: string): Promise<readonly string[]> {
  const entries = await files.list(relative === '' ? folder : joinPath(folder, relative));
  const below = await Promise.all(
    entries.map(async ({ name, kind }): Promise<readonly string[]> => {
      const path = relative === '' ? name : `${relative}/${name}`;
      if (kind === 'file') return [path];
      const isSkipped = name === '.git' || name === '.slipway' || name === 'node_modules';
      return kind === 'folder' && !isSkipped ? filesBelow(files, folder, path) : [];
    }),
  );
  return below.flat();
}

function madeNothing({ outputs }: GenerateConfig, where: string): ToolError {
  return new ToolError({
    code: 'generate-failed',
    what: `the generator ended well, and there is no file like ${outputs.join(' or ')}`,
    where,
    state,
    next: 'write under outputs where the generator puts its Dockerfiles',
  });
}

function tooLong(path: string): ToolError {
  return new ToolError({
    code: 'generate-failed',
    what: `what was generated is longer than ${maxGeneratedBytes} characters, which is no Dockerfile`,
    where: path,
    state,
    next: 'name under outputs only the Dockerfiles; what else a generator makes belongs into the repository',
  });
}
