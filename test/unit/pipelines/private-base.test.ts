import { expect, it } from '@jest/globals';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { matrixGenerate } from '../../../src/pipelines/actions/matrix-generate.ts';
import type { Http } from '../../../src/ports/http.ts';
import type { ActionPorts } from '../../../src/ports/ports.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { handClock } from '../../support/hand-clock.ts';
import { madeImage } from '../../support/made-image.ts';
import { madeEvent } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const basic = `Basic ${Buffer.from('ada:word').toString('base64')}`;

/** A registry that shows nothing to a stranger. */
function guarded(http: Http): Http {
  return {
    async send(request) {
      const response = await http.send(request);
      if (request.headers?.authorization === basic) return response;
      return { ...response, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    },
  };
}

it('a base behind the sign-in of the action is looked up with that sign-in', async () => {
  const registry = new FakeRegistry();
  const base = madeImage();
  await registry.publish(parseRepository('registry.test/acme/private', 'test'), base, '1');
  const uploads: Record<string, Readonly<Record<string, Uint8Array>>> = {};
  const ports: Partial<ActionPorts> = {
    files: createMemoryFiles({
      '/repo/slipway.yml': 'registry: registry.test/acme\nimages: {app: {}}',
      '/repo/app/Dockerfile': 'FROM registry.test/acme/private:1\n',
    }),
    exec: scriptedExec([{ program: 'git', result: { exitCode: 128 } }]),
    env: {},
    http: guarded(registry.http),
    clock: handClock(),
    random: { hex: (digits) => '5'.repeat(digits) },
    log: recordingLog(),
    outputs: { set: async () => {}, summary: async () => {}, progress: async () => {}, saveState: async () => {} },
    artifacts: {
      async upload(name, files) {
        uploads[name] = files;
      },
      download: async () => undefined,
    },
  };
  const host = { event: madeEvent(), run: { id: '1', number: 1, attempt: 1 }, workspace: '/repo', temp: '/tmp' };
  const signIn = { 'registry-username': 'ada', 'registry-password': 'word' };
  const inputs = { images: [], 'max-jobs': 64, 'rebuild-base': false, ...signIn };
  await matrixGenerate(ports as ActionPorts, host, inputs);
  const [plan = new Uint8Array()] = Object.values(uploads['slipway-plan'] ?? {});
  const { images } = JSON.parse(new TextDecoder().decode(plan));
  expect(images[0].bases[0].digest).toBe(base.manifest.digest);
});
