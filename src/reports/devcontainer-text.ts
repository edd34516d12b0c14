import type { PrebuildOutcome } from '../domain/devcontainer/outcome.ts';
import { refText } from '../domain/image-ref.ts';
import { pushReasons } from './devcontainer-summary.ts';
import { table } from './table.ts';

/** What a dev container has come to, for a terminal. */
export function devcontainerText(outcome: PrebuildOutcome): string {
  const { plan, mode, published, digest, venv, command } = outcome;
  const rows = [
    ['image', published === undefined ? `${digest} (here only)` : refText(published)],
    ['content', `${plan.tag}, ${mode === 'reuse' ? 'reused' : 'built'}`],
    ['publishing', pushReasons[outcome.pushReason]],
    ...(venv === undefined ? [] : [['packages', venv.manager]]),
    ...(command === undefined ? [] : [['command', `exit code ${command.exitCode}`]]),
  ];
  return `${table(rows).join('\n')}\n`;
}
