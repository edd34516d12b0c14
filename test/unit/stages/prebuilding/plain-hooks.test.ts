import { describe, expect, it } from '@jest/globals';
import { mergeMetadata } from '../../../../src/domain/devcontainer/start-metadata.ts';
import { hooksOnTheWay } from '../../../../src/stages/prebuilding/plain-hooks.ts';
import { recordingLog } from '../../../support/fake-log.ts';

function onTheWay(entry: object, env: Readonly<Record<string, string>> = {}) {
  const merged = mergeMetadata([entry, { id: './tools', postStartCommand: 'start' }]);
  if (merged === undefined) throw new Error('a label that is not understood');
  const log = recordingLog();
  return { log, hooks: hooksOnTheWay(log, merged, env) };
}

const create = { postCreateCommand: 'create' };

describe('hooks that run on the way', () => {
  it('are the texts for a shell, in their order', () => {
    expect(onTheWay({ ...create, remoteEnv: { PATH: '/opt' } }).hooks?.texts).toEqual(['create', 'start']);
  });

  it.each<[string, object, Readonly<Record<string, string>>]>([
    ['variables of somebody', create, { TOKEN: 'x' }],
    ['a path of somebody', create, { PATH: '/x' }],
    ['variables of the container that the shell does not say', { ...create, remoteEnv: { TOKEN: 'x' } }, {}],
    ['a list of arguments', { postCreateCommand: ['create', 'it'] }, {}],
    ['commands beside each other', { postCreateCommand: { one: 'a', two: 'b' } }, {}],
  ])('are not, with %s', (_, entry, env) => {
    expect(onTheWay(entry, env).hooks).toBeUndefined();
  });

  it('are announced, and what they say is told, but not what is asked at the end', () => {
    const { log, hooks } = onTheWay(create);
    const { onLine } = hooks?.listener ?? {};
    onLine?.('\u001dhook 0', 'stdout');
    onLine?.('said', 'stdout');
    onLine?.('', 'stdout');
    onLine?.('no end of a line\u001dhook 1', 'stdout');
    onLine?.('warned', 'stderr');
    onLine?.('last\u001d/bin/bash\u001e3.11.4\u001eA=1', 'stdout');
    onLine?.('line 2 of A\u001e', 'stdout');
    expect(log.texts('info')).toEqual([
      'Running the postCreateCommand from devcontainer.json...',
      'said',
      '',
      'no end of a line',
      "Running the postStartCommand from Feature './tools'...",
      'warned',
      'last',
    ]);
    expect(() => hooks?.requireWell(0)).not.toThrow();
    expect(() => hooks?.requireWell(1)).toThrow(
      "does not answer any more after the postStartCommand from Feature './tools'",
    );
  });

  it('end the run where one fails, and say which', () => {
    const { hooks } = onTheWay(create);
    expect(() => hooks?.requireWell(1)).not.toThrow();
    hooks?.listener.onLine('\u001dhook 0', 'stdout');
    expect(() => hooks?.requireWell(7)).toThrow('postCreateCommand from devcontainer.json ended with exit code 7');
  });
});
