import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../src/adapters/create-ports.ts';
import { createRegistryClient } from '../../src/clients/registry/client.ts';
import { parseTag } from '../../src/domain/image-ref.ts';
import type { EndedStep } from '../support/action-step.ts';
import { type HandedRun, openHandedRun } from '../support/handed-run.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';
import { repositoryAt, type TestRegistry } from '../support/registries.ts';
import { startDistribution } from '../support/registries-distribution.ts';
import { writer } from '../support/registries-doors.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

describe('a release to two registries, of which the second wants a sign-in', () => {
  let further: TestRegistry;
  let run: HandedRun;
  const steps: EndedStep[] = [];
  const kept = async (step: Promise<EndedStep>): Promise<EndedStep> => {
    steps.push(await step);
    return step;
  };
  const login = () => `${further.host} ${writer.username} ${writer.password}`;

  beforeAll(async () => {
    further = await startDistribution('docker-registry', 'password');
    run = await openHandedRun(lab, lab.registry, (text, prefix) =>
      text.replace('registry: ghcr.io/org/hello', `registry: ${prefix}\nregistries: [${further.host}/also/hello]`),
    );
  }, LIMIT_MS);

  afterAll(async () => {
    await run[Symbol.asyncDispose]();
    await further[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'stops before its first tag in either where nobody is signed in',
    async () => {
      const push = await kept(run.run('push'));
      expect([push.exitCode, push.errors]).toEqual([3, [expect.stringMatching(/denies a visitor without a login/)]]);
      expect(await tagsOf(lab, `${run.prefix}/base`)).not.toContain('1.0.0');
    },
    LIMIT_MS,
  );

  it('refuses a login that is none, and repeats nothing of it', async () => {
    for (const [text, said] of [
      [
        `${writer.password} ${writer.username} ${further.host}`,
        /^input-invalid: entry 1 of registry-logins does not begin/,
      ],
      [`${further.host} ${writer.password}`, /^input-invalid: .*line 1 is not HOST USER PASSWORD/],
    ] as const) {
      const push = await run.run('push', { 'registry-logins': text });
      expect([push.exitCode, push.errors]).toEqual([2, [expect.stringMatching(said)]]);
      expect(push.errors.join()).not.toContain(writer.password);
    }
  });

  it(
    'is whole in both with the login that it was given, which is written nowhere',
    async () => {
      const more = { 'registry-logins': login() };
      expect(await kept(run.run('verify-digest', more))).toMatchObject({ exitCode: 0, outputs: { verdict: 'match' } });
      expect(await kept(run.run('push', more))).toMatchObject({ exitCode: 0, errors: [], outputs: { pushed: '2' } });
      const release = await kept(run.run('release-latest', more));
      expect(release).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'released' } });
      const ports = createPorts();
      const client = createRegistryClient(ports, { credentials: async () => ({ kind: 'password', ...writer }) });
      for (const tag of ['1.0.0', 'latest']) {
        expect(await crane(lab, 'digest', `${run.prefix}/base:${tag}`)).toBe(run.built.outputs.digest);
        const there = await client.resolve(repositoryAt(further, 'also/hello/base'), parseTag(tag, 'test'));
        expect(there?.digest).toBe(run.built.outputs.digest);
      }
      await ports[Symbol.asyncDispose]();
    },
    LIMIT_MS,
  );

  it('tells the runner to cover the password, and leaves it in no file', async () => {
    for (const { stdout, stderr, summary, outputs, state } of steps) {
      const said = `${stdout}${stderr}`.replaceAll(`::add-mask::${writer.password}`, '');
      expect(`${said}${summary}${JSON.stringify([outputs, state])}`).not.toContain(writer.password);
    }
    expect(steps.at(-1)?.stdout).toContain(`::add-mask::${writer.password}`);
    const folders = [path.dirname(run.job.temp), run.desk.folder];
    const files = (
      await Promise.all(
        folders.map(async (folder) =>
          (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()),
        ),
      )
    ).flat();
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const bytes = await readFile(path.join(file.parentPath, file.name));
      expect([file.name, bytes.includes(writer.password)]).toEqual([file.name, false]);
    }
  });
});
