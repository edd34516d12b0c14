import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClock } from '../../src/adapters/clock.ts';
import { type Job, openJob } from '../support/action-step.ts';
import { crane, requireLab } from '../support/lab.ts';
import { type EmbeddedRegistry, startEmbedded } from '../support/registries.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

const bake = `
group "all" { targets = ["app", "tools"] }
target "base" {
  dockerfile-inline = "FROM busybox:1.36\\nARG WHO\\nRUN echo base of $WHO > /base\\n"
  args = { WHO = "bake" }
}
target "app" {
  context = "app"
  contexts = { parent = "target:base", more = "./more" }
  target = "prod"
  labels = { "org.example.made" = "by bake" }
  secret = ["id=tok,env=TOK"]
  attest = ["type=provenance,disabled=true"]
  tags = ["ghcr.io/acme/app:dev"]
}
target "tools" { context = "more" }
`;
const dockerfile = `FROM parent AS prod
COPY --from=more text /text
RUN --mount=type=secret,id=tok,required=true wc -c < /run/secrets/tok > /length
FROM busybox:1.36
`;

describe('a target of a bake file, built alone', () => {
  let job: Job;
  let registry: EmbeddedRegistry;

  beforeAll(async () => {
    job = await openJob(lab, { isFromSource: true });
    registry = await startEmbedded({ clock: createClock() });
    const files = { 'docker-bake.hcl': bake, 'app/Dockerfile': dockerfile, 'more/text': 'more of it\n' };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(job.workspace, name)), { recursive: true });
      await writeFile(path.join(job.workspace, name), text);
    }
  }, LIMIT_MS);

  afterAll(async () => {
    await job?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    'has all that bake says of it, is built on the target that it names, and is tested and uploaded by digest',
    async () => {
      const ended = await job.run('build-test', {
        'bake-target': 'app',
        test: 'grep "base of bake" /base && grep "more of it" /text && grep 9 /length',
        secrets: 'tok=123456789',
        registry: `${registry.host}/acme`,
      });
      expect([ended.exitCode, ended.errors]).toEqual([0, []]);
      expect(ended.outputs).toMatchObject({ 'test-result': 'passed' });
      const reference = ended.outputs['image-ref'] ?? '';
      expect(reference).toMatch(new RegExp(`^${registry.host}/acme/app@sha256:`));
      const { config } = JSON.parse(await crane(lab, 'config', reference));
      expect(config.Labels).toMatchObject({ 'org.example.made': 'by bake' });
      // Without provenance there is no index around it.
      expect(JSON.parse(await crane(lab, 'manifest', reference))).toHaveProperty('layers');
      expect(ended.summary).toContain('| `base` |');
      expect(ended.summary).toMatch(/\| `app` \| linux\/amd64 \| [\d.]+ [KM]?B \| nothing \| {2}\|/);
      expect(ended.summary).toMatch(/At its peak this job had [\d.]+ MB of its own on the disk\./);
    },
    LIMIT_MS,
  );

  it(
    'is compared with what its tag names in the registry, and warned of at twice that size',
    async () => {
      const text = await readFile(path.join(job.workspace, 'docker-bake.hcl'), 'utf8');
      const inputs = { 'bake-target': 'tools', name: 'grown', test: 'true', registry: `${registry.host}/acme` };
      await writeFile(path.join(job.workspace, 'more/Dockerfile'), 'FROM busybox:1.36\n');
      const small = await job.run('build-test', inputs);
      expect([small.exitCode, small.errors]).toEqual([0, []]);
      await crane(lab, 'tag', small.outputs['image-ref'] ?? '', 'main');
      const grown = 'FROM busybox:1.36\nRUN head -c 20000000 /dev/urandom > /random\n';
      await writeFile(path.join(job.workspace, 'more/Dockerfile'), grown);
      const large = await job.run('build-test', inputs);
      expect([large.exitCode, large.errors]).toEqual([0, []]);
      expect(large.summary).toMatch(
        /\| `tools` \| linux\/amd64 \| 2\d\.\d MB \| main, [\d.]+ [KM]B \| \+2\d\.\d MB, \+\d+ % \|/,
      );
      expect(large.summary).toContain('**Warning:** `tools` weighs at least twice what `main` does on linux/amd64');
      const warnings = large.commands.filter(({ name }) => name === 'warning').map(({ data }) => data);
      expect(warnings).toContainEqual(expect.stringMatching(/^tools weighs .* at least twice as much as main/));
      await writeFile(path.join(job.workspace, 'docker-bake.hcl'), text);
    },
    LIMIT_MS,
  );

  it.each([
    [{ 'bake-target': 'gone' }, 'definition-invalid'],
    [{ 'bake-target': 'all' }, 'bake-target-unknown'],
    [{ 'bake-target': 'app', 'bake-file': 'none.hcl' }, 'definition-invalid'],
    [{ 'bake-target': 'app', dockerfile: 'x' }, 'input-invalid'],
    [{}, 'inputs-missing'],
  ])('is refused where it is none: %j', async (inputs, code) => {
    const ended = await job.run('build-test', inputs);
    expect([ended.exitCode, ended.errors]).toEqual([2, [expect.stringMatching(new RegExp(`^${code}: `))]]);
  });
});
