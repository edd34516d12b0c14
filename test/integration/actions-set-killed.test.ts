import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/desk.ts';
import { type HandedRun, openHandedRun } from '../support/handed-run.ts';
import { docker, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

const compose = `services:
  check:
    image: \${SLIPWAY_IMAGE_BASE}
    depends_on: [beside]
    command: [sleep, '300']
  beside:
    image: \${SLIPWAY_IMAGE_BASE}
    command: [sleep, '300']
    volumes: [kept:/kept]
volumes:
  kept: {}
`;

describe('T24: a test of a set that is killed', () => {
  let run: HandedRun;

  beforeAll(async () => {
    run = await openHandedRun(
      lab,
      lab.registry,
      (text) => `${text}\nset:\n  test: { compose: set.yaml, service: check }\n`,
      { 'set.yaml': compose },
    );
  }, LIMIT_MS);

  afterAll(async () => {
    await run[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'leaves containers, a network and a volume, and the step after the job removes them by the owner that was saved',
    async () => {
      expect(run.built).toMatchObject({ exitCode: 0, errors: [] });
      const mine = () => docker(lab, 'ps', '--quiet', '--filter', `label=${run.desk.label}`);
      const step = await run.job.start('verify-digest', run.inputs);
      await eventually(mine, (ids) => ids.split('\n').length === 2);
      const state = await step.state();
      const { 'set-owner': owner = '', 'set-folder': folder = '' } = state;
      expect([owner === '', existsSync(folder)]).toEqual([false, true]);
      const left = async () => ({
        containers: (await mine()) !== '',
        networks: (await docker(lab, 'network', 'ls', '--quiet', '--filter', `label=slipway.owner=${owner}`)) !== '',
        volumes: (await docker(lab, 'volume', 'ls', '--quiet', '--filter', `label=slipway.owner=${owner}`)) !== '',
        folder: existsSync(folder),
      });
      step.kill();
      await step.ended.catch(() => undefined);
      expect(await left()).toEqual({ containers: true, networks: true, volumes: true, folder: true });
      expect(await run.job.post('verify-digest', state)).toMatchObject({ exitCode: 0, errors: [] });
      expect(await left()).toEqual({ containers: false, networks: false, volumes: false, folder: false });
      await run.job.post('build-test', run.built.state);
      expect(await run.desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});
