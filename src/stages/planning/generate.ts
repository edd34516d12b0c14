import { ToolError } from '../../domain/errors.ts';
import { joinPath } from '../../domain/path.ts';
import type { GenerateConfig } from '../../formats/config-schema.ts';
import type { Ports } from '../../ports/ports.ts';
import { readContext } from './context.ts';

const state = 'nothing was built';
const maxGeneratedBytes = 256 * 1024;

/** Runs a project's own generator once, and answers the text of each file that it is there to make. */
export async function generateDockerfiles(
  ports: Pick<Ports, 'exec' | 'files' | 'log'>,
  folder: string,
  { generate, where }: { readonly generate: GenerateConfig; readonly where: string },
): Promise<ReadonlyMap<string, string>> {
  await runGenerator(ports, folder, { generate, where });
  // What somebody installed is none of ours, whatever it is called.
  const only = [...generate.outputs, '!**/node_modules'];
  const made = (await readContext(ports.files, folder, { only })).filter(({ kind }) => kind === 'file');
  const texts = await Promise.all(
    made.map(async ({ path }) => {
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
