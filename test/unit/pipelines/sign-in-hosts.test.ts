import { expect, it } from '@jest/globals';
import { registryOf } from '../../../src/pipelines/actions/action.ts';
import type { Http } from '../../../src/ports/http.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { push } from '../../../src/stages/push.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';
import { madeRelease, stageRelease } from '../../support/release-set.ts';
import { farPrefix, namedFar, TwoRegistries } from '../../support/two-registries.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

/** Each registry wants its own sign-in, and what it was shown is written down. */
function guarded(http: Http, shown: Map<string, Set<string>>): Http {
  const wanted: Readonly<Record<string, string>> = {
    'registry.test': basic('ada:word'),
    'mirror.test': basic('eve:other'),
  };
  return {
    async send(request) {
      const { host } = new URL(request.url);
      const given = request.headers?.authorization;
      if (given !== undefined) shown.set(host, (shown.get(host) ?? new Set()).add(given));
      const response = await http.send(request);
      if (given === wanted[host]) return response;
      return { ...response, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    },
  };
}

it('the sign-in of an action is for the host of registry alone; others have theirs from the docker config', async () => {
  const both = new TwoRegistries();
  const made = madeRelease('1.2.3', { further: farPrefix });
  await stageRelease(both.near.other, made);
  const shown = new Map<string, Set<string>>();
  const auth = Buffer.from('eve:other').toString('base64');
  const ports: Partial<Ports> = {
    files: createMemoryFiles({
      '/home/ada/.docker/config.json': JSON.stringify({ auths: { 'mirror.test': { auth } } }),
    }),
    exec: scriptedExec([]),
    env: { HOME: '/home/ada' },
    http: guarded(both.http, shown),
    clock: both.near.clock,
    random: { hex: (digits) => '5'.repeat(digits) },
    log: recordingLog(),
  };
  const signIn = { 'registry-username': 'ada', 'registry-password': 'word' };
  const all = ports as Ports;
  const registry = registryOf(all, signIn, made.images[0]?.repository);
  const report = await push({ registry, clock: all.clock, log: all.log }, made);
  expect(report.state).toBe('released');
  expect((await namedFar(both, made))['image1:1.2.3']).toBe(made.wanted['image1:1.2.3']);
  expect([...shown].sort()).toEqual([
    ['mirror.test', new Set([basic('eve:other')])],
    ['registry.test', new Set([basic('ada:word')])],
  ]);
});
