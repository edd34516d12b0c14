import { sizeText } from '../domain/byte-size.ts';
import type { PrebuildOutcome } from '../domain/devcontainer/outcome.ts';
import type { PushReason } from '../domain/devcontainer/push-decision.ts';
import { refText } from '../domain/image-ref.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';

/** Why something was published or was not, for a person. */
export const pushReasons: Readonly<Record<PushReason, string>> = {
  filter: 'published: the event and the ref are those that publish',
  always: 'published: push is always',
  never: 'not published: push is never',
  event: 'not published: this event does not publish',
  ref: 'not published: this branch or tag does not publish',
  unsafe: 'not published: a pull request never publishes',
  exists: 'nothing to publish: it is there already',
  retagged: 'nothing to upload; the tag that moves names it now',
  'command-failed': 'not published: the command failed',
};

/** The summary of a dev container for the page of a job. */
export function devcontainerSummary(outcome: PrebuildOutcome): string {
  const { plan, mode, published, digest, bytes, venv, python, command, timings } = outcome;
  const seconds = Object.entries(timings).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`);
  const rows: (readonly string[])[] = [
    ['image', published === undefined ? `${digest} (here only)` : refText(published)],
    ['content', plan.tag],
    [
      mode === 'reuse' ? 'reused' : 'built',
      mode === 'reuse' ? 'nothing that decides its content has changed' : whyBuilt(outcome),
    ],
    ['publishing', pushReasons[outcome.pushReason]],
    ...(bytes === undefined ? [] : [['size', sizeText(bytes)]]),
    ...(venv === undefined
      ? []
      : [
          [
            'packages',
            `${venv.manager}, ${venv.hit === 'miss' ? 'no cache' : `${venv.hit} cache`}, Python ${python ?? ''}`,
          ],
        ]),
    ...(command === undefined
      ? []
      : [['command', command.exitCode === 0 ? 'ended well' : `exit code ${command.exitCode}`]]),
    ['time', seconds.join(', ')],
  ];
  return ['### Dev container', '', markdownTable(['', ''], rows.map(cells)), ''].join('\n');
}

/** References and hashes are code; nothing in a name of a file becomes markup. */
function cells([name = '', text = '']: readonly string[]): readonly string[] {
  return [name, name === 'image' || name === 'content' ? markdownCode(text) : markdownText(text)];
}

/** Which inputs made a build needed, as far as that is known. */
function whyBuilt({ plan, changes }: PrebuildOutcome): string {
  const { decision, refresh } = plan;
  if (decision.kind === 'build' && decision.why === 'refresh') return `built anew: ${refresh ?? 'that was asked for'}`;
  if (decision.kind === 'build' && decision.why !== 'absent') return 'the registry did not let us look';
  if (changes === undefined) return 'no image of this content is published';
  return changes.map(({ input, change }) => `${input} was ${change}`).join(', ') || 'its tag is gone';
}
