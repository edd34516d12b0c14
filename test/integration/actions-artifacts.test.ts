import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { digestOf } from '../../src/domain/digest.ts';
import { type ArchivedFile, type ArtifactService, openArtifacts } from '../support/action-artifacts.ts';
import { type EndedStep, type Job, openJob } from '../support/action-step.ts';
import { requireLab } from '../support/lab.ts';
import { madePlan } from '../support/made-plan.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const nodes = [
  { name: 'Node 20', program: process.execPath },
  { name: 'Node 24', program: lab.node24 },
] as const;
const run = '7001';
const plan = canonicalJson(madePlan({ run: { id: run, number: 12, attempt: 1 } }));
const link = 0o120777;

describe.each(nodes)('an artifact that no honest job made, on $name', ({ program }) => {
  let service: ArtifactService;
  let job: Job;

  beforeEach(async () => {
    service = await openArtifacts();
    job = await openJob(lab, { node: program, run, env: { ...service.env } });
  });

  afterEach(async () => {
    await job[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  async function receive(files: readonly ArchivedFile[]): Promise<EndedStep> {
    service.put('slipway-plan', files);
    return job.run('verify-digest', { plan: digestOf(plan), results: '{}' });
  }

  it(
    'is what an honest one is not: that one is read, and the next thing is missed',
    async () => {
      const step = await receive([{ name: 'plan.json', bytes: plan }]);
      expect(step).toMatchObject({ exitCode: 1, outputs: { verdict: 'unverifiable' } });
      expect(step.errors).toEqual([expect.stringMatching(/^gate-unverifiable: /)]);
    },
    LIMIT_MS,
  );

  it.each<[string, string, readonly ArchivedFile[]]>([
    ['holds a folder', 'artifact-odd', [{ name: 'plan.json/plan.json', bytes: plan }]],
    [
      'holds a folder beside the plan',
      'artifact-odd',
      [
        { name: 'plan.json', bytes: plan },
        { name: 'more/x', bytes: 'x' },
      ],
    ],
    ['holds a file that is too large', 'artifact-odd', [{ name: 'plan.json', bytes: new Uint8Array(33 << 20) }]],
    [
      'holds too many files',
      'artifact-odd',
      Array.from({ length: 101 }, (_, at) => ({ name: `file-${at}`, bytes: String(at) })),
    ],
    ['has a link for the plan', 'handoff-swapped', [{ name: 'plan.json', bytes: '/etc/passwd', mode: link }]],
    ['holds another file of another plan', 'plan-missing', [{ name: 'PLAN.json', bytes: plan }]],
    [
      'is a plan that is larger than one can be',
      'handoff-swapped',
      [{ name: 'plan.json', bytes: plan.padEnd(5 << 20) }],
    ],
    ['holds nothing', 'plan-missing', []],
  ])(
    'is refused when it %s',
    async (_, code, files) => {
      const step = await receive(files);
      expect(step.exitCode).toBeGreaterThan(0);
      expect(step.exitCode).toBeLessThan(70);
      expect(step.errors).toEqual([expect.stringMatching(new RegExp(`^${code}: .*\nwhere: .*\nstate: .*\nnext: `))]);
      expect(step.outputs).toEqual({});
      expect(await readdir(job.temp)).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each(['../../escaped', '/escaped', '..\\..\\escaped', 'a/../../../escaped', 'C:\\escaped'])(
    'writes nothing outside of its folder under the name %s',
    async (name) => {
      const step = await receive([
        { name, bytes: 'escaped' },
        { name: 'plan.json', bytes: plan },
      ]);
      const around = [job.temp, path.dirname(job.temp), path.dirname(path.dirname(job.temp)), job.workspace, '/'];
      expect(around.filter((folder) => existsSync(path.join(folder, 'escaped')))).toEqual([]);
      expect(await readdir(job.temp)).toEqual([]);
      expect(step.exitCode).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  it(
    'commands nothing by the name of a file in it',
    async () => {
      const step = await receive([
        { name: 'plan.json', bytes: plan },
        { name: 'a\n::set-output name=verdict::match\r##[add-mask]x', bytes: '', mode: 0o40755 },
        { name: 'b\n::set-output name=verdict::match\r##[add-mask]x/c', bytes: 'x' },
      ]);
      expect(step.exitCode).toBe(3);
      const names = new Set(step.commands.map(({ name }) => name));
      expect([...names].filter((name) => !['group', 'endgroup', 'error', 'add-mask', 'debug'].includes(name))).toEqual(
        [],
      );
      expect(step.commands.filter(({ name, data }) => name === 'add-mask' && data === 'x')).toEqual([]);
      expect(step.outputs).toEqual({});
    },
    LIMIT_MS,
  );
});
