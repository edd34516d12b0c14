import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../src/adapters/create-ports.ts';
import { createRegistryClient } from '../../src/clients/registry/client.ts';
import { openArtifacts } from '../support/action-artifacts.ts';
import { type EndedStep, openJob } from '../support/action-step.ts';
import { type Desk, openDesk } from '../support/desk.ts';
import { requireLab, requireRemoteBuilder } from '../support/lab.ts';
import { repositoryAt, type TestRegistry } from '../support/registries.ts';
import { startDistribution } from '../support/registries-distribution.ts';
import { writer } from '../support/registries-doors.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const remote = requireRemoteBuilder(lab);

describe('a registry that wants a sign-in, where Docker has none', () => {
  let registry: TestRegistry;
  let desk: Desk;
  const signIn = { 'registry-username': writer.username, 'registry-password': writer.password };

  beforeAll(async () => {
    registry = await startDistribution('docker-registry', 'password');
    desk = await openDesk(lab);
    await rm(path.join(desk.folder, 'VERSION'));
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  }, LIMIT_MS);

  /** Plans and builds what the repository holds now, as a push to main. */
  async function built(builder: string): Promise<EndedStep> {
    await using service = await openArtifacts();
    await using job = await openJob(lab, { workspace: desk.folder, env: { ...service.env }, isFromSource: true });
    const { plan = '' } = (await job.run('matrix-generate', { registry: `${registry.host}/acme`, ...signIn })).outputs;
    return await job.run('build-test', { plan, image: 'app', builder, ...signIn });
  }

  async function tagsOf(name: string): Promise<readonly string[]> {
    await using ports = createPorts();
    const client = createRegistryClient(ports, { credentials: async () => ({ kind: 'password', ...writer }) });
    return client.listTags(repositoryAt(registry, name));
  }

  const config = 'allow-untested: [app]\nimages: {app: {}}\n';
  const nameless = (text: string): string => text.replaceAll(`::add-mask::${writer.password}`, '');
  let digest = '';

  it(
    'keeps the cache of a build there, with the sign-in that the step was given',
    async () => {
      await desk.commit({
        'slipway.yml': config,
        'app/Dockerfile': `FROM busybox:1.36\nRUN echo ${desk.id} > /mark\n`,
      });
      const step = await built(lab.builders.engine);
      expect([step.exitCode, step.errors]).toEqual([0, []]);
      expect(step.stdout).not.toContain('was not written');
      expect(await tagsOf('acme/slipway-cache')).toEqual(['app']);
      expect(nameless(`${step.stdout}${step.stderr}${step.summary}`)).not.toContain(writer.password);
      digest = step.outputs.digest ?? '';
    },
    LIMIT_MS,
  );

  it(
    'lets another builder take a private base',
    async () => {
      const from = `FROM ${registry.host}/acme/app@${digest}\nLABEL more=${desk.id}\n`;
      await desk.commit({ 'app/Dockerfile': from });
      const step = await built(remote);
      expect([step.exitCode, step.errors]).toEqual([0, []]);
    },
    LIMIT_MS,
  );
});
