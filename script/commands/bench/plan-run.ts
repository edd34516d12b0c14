import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ScriptError } from '../script.ts';
import type { Setting } from './interleaved.ts';

/** What the command line gets to plan a tree. */
export function planArguments(tree: string): readonly string[] {
  return ['plan', '--repo', tree, '--registry', 'registry.example.com/team/images', '--offline'];
}

/** Runs a plan that must succeed, and answers with the most memory that it had at once. */
export function checkedPeak(args: readonly string[], { node, cwd, env }: Setting): number {
  const hook = path.join(cwd, 'peak.cjs');
  // The system knows the peak for certain, and only while the process is there.
  writeFileSync(
    hook,
    "process.on('exit', () => require('node:fs').writeSync(3, String(process.resourceUsage().maxRSS)));\n",
  );
  const run = spawnSync(node, ['--require', hook, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  if (run.status === 0) return Number(run.output[3]);
  throw new ScriptError(`${args.join(' ')} ended with ${run.status}\n${run.stderr}`);
}
