import type { Ports } from '../ports/ports.ts';
import type { InContainer } from './prebuilding/in-container.ts';

/** How the command of the user ended. */
export interface CommandResult {
  readonly exitCode: number;
  /** Its standard output alone, at most the end of it that an output may hold. */
  readonly output: string;
}

/** What later steps read is an environment variable or an argument somewhere, and those may not be larger. */
const maxOutputLength = 64 * 1024;

/** Runs the command: the first line that fails ends it, also within a pipe. Where there is no bash, sh does what it can. */
export async function runCommand(
  { log }: Pick<Ports, 'log'>,
  run: InContainer,
  wanted: { readonly command: string; readonly hasBash: boolean; readonly env: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const { command, hasBash, env } = wanted;
  const shell = hasBash ? ['bash', '-eo', 'pipefail', '-c'] : ['sh', '-e', '-c'];
  if (!hasBash) log.info('the image has no bash: the command runs in sh, where only the end of a pipe can fail');
  const result = await run([...shell, command], { env, onLine: (line) => log.info(line) });
  return { exitCode: result.exitCode, output: lastPart(result.stdout.replace(/\r?\n$/, '')) };
}

/** The end of a text, from the beginning of a line. */
function lastPart(text: string): string {
  if (text.length <= maxOutputLength) return text;
  const end = text.slice(-maxOutputLength);
  return end.slice(end.indexOf('\n') + 1);
}
