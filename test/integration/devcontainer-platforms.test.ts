import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EndedStep } from '../support/action-step.ts';
import { type DevcontainerDesk, openDevcontainerDesk, smallDevcontainer } from '../support/devcontainer.ts';
import { crane, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

/** How often the CLI started a build; it says so itself. */
function builds({ stdout }: EndedStep): number {
  return stdout.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0;
}

describe('a dev container for several platforms', () => {
  let desk: DevcontainerDesk;
  let first: EndedStep;
  let again: EndedStep;
  let single: EndedStep;

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer({ features: { './arch': {} } }));
    await desk.write({
      '.devcontainer/arch/devcontainer-feature.json': '{"id":"arch","version":"1.0.0","name":"a"}',
      '.devcontainer/arch/install.sh': '#!/bin/sh\nuname -m > /arch\n',
    });
    const inputs = { platforms: 'linux/amd64, linux/arm64', run: 'cat /arch' };
    first = await desk.run(await desk.job(), inputs);
    again = await desk.run(await desk.job(), inputs);
    single = await desk.run(await desk.job({ ref: 'refs/heads/topic' }), { run: 'cat /arch' });
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('is built once, and started from the bytes of its own platform', () => {
    expect(first.errors).toEqual([]);
    expect(first.outputs).toMatchObject({ mode: 'build', pushed: 'true', 'command-output': 'x86_64' });
    expect(builds(first)).toBe(1);
    expect(first.stdout).not.toContain('skopeo');
  });

  it('is published as one index that holds both, whole and with their labels', async () => {
    const image = `${desk.image}@${first.outputs.digest}`;
    const index = JSON.parse(await crane(lab, 'manifest', image)) as {
      manifests: { platform: { architecture: string } }[];
    };
    const architectures = index.manifests.map(({ platform }) => platform.architecture);
    expect(architectures.filter((one) => one !== 'unknown').sort()).toEqual(['amd64', 'arm64']);
    await crane(lab, 'validate', '--remote', image);
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      const config = JSON.parse(await crane(lab, 'config', '--platform', platform, image)) as {
        config: { Labels: Record<string, string> };
      };
      expect(config.config.Labels['devcontainer.metadata']).toContain('./arch');
    }
    const tags = (await tagsOf(lab, desk.image)).filter((tag) => !tag.startsWith('sha256-'));
    expect([...tags].sort()).toEqual([first.outputs.tag, 'latest'].sort());
    expect(await crane(lab, 'digest', `${desk.image}:latest`)).toBe(first.outputs.digest);
  });

  it('is found again by its content, and nothing is built', () => {
    expect(again.errors).toEqual([]);
    expect(builds(again)).toBe(0);
    expect(again.outputs).toMatchObject({
      mode: 'reuse',
      digest: first.outputs.digest,
      'push-reason': 'exists',
      'command-output': 'x86_64',
    });
  });

  it('is another content than that for one platform', () => {
    expect(single.outputs).toMatchObject({ mode: 'build', 'push-reason': 'ref' });
    expect(single.outputs.tag).not.toBe(first.outputs.tag);
  });
});
