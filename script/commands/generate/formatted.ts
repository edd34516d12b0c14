import { spawnSync } from 'node:child_process';
import { root, tools } from '../project.ts';
import { ScriptError } from '../script.ts';

/** Text as the formatter would leave it, so that lint and generator never ask for different bytes. */
export function formatted(path: string, text: string): string {
  const args = [tools.biome, 'format', `--stdin-file-path=${path}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, input: text, encoding: 'utf8' });
  if (status !== 0) throw new ScriptError(`${path} cannot be formatted: ${stderr}`);
  return stdout;
}
