import { describe, expect, it } from '@jest/globals';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { Plan } from '../../../src/domain/plan.ts';
import { planSummary } from '../../../src/reports/plan-summary.ts';
import { planText } from '../../../src/reports/plan-table.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { madeImage } from '../../support/made-image.ts';
import { madePrefix } from '../../support/made-plan.ts';
import { chain, planOf, publishAll } from './planned.ts';

const yml = (...registries: readonly string[]): string =>
  `registry: ${madePrefix}\nregistries: [${registries.join(', ')}]\n${chain['slipway.yml']}`;
const tree = (...registries: readonly string[]) => ({ ...chain, 'slipway.yml': yml(...registries) });

describe('a plan for several registries', () => {
  it('says of each image where it is published as well, also of one that is carried over', async () => {
    const registry = new FakeRegistry();
    const asked = tree('mirror.test/team', 'quay.test/other/deep');
    const first = await planOf(asked);
    expect(first.images.map(({ key, alsoIn }) => [key, alsoIn])).toEqual(
      ['base', 'alone', 'app'].map((key) => [key, [`mirror.test/team/${key}`, `quay.test/other/deep/${key}`]]),
    );
    await publishAll(registry, first, 'main');
    const second = await planOf(asked, { registry });
    expect(second.images).toEqual([]);
    expect(second.carried.map(({ alsoIn }) => alsoIn?.length)).toEqual([2, 2, 2]);
    for (const plan of [first, second]) {
      expect(planText(plan)).toContain('app is published to mirror.test/team/app, quay.test/other/deep/app as well');
      expect(planSummary(plan)).toContain('`mirror.test/team/app`');
      expect(Plan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    }
  });

  it('without them is the plan that it was', async () => {
    const plan = await planOf(chain);
    expect(JSON.stringify(plan)).not.toContain('alsoIn');
    expect(planText(plan)).not.toContain('as well');
  });

  it('of a run that writes no tag names no place to publish to', async () => {
    const plan = await planOf(tree('mirror.test/team'), { event: { name: 'pull_request', ref: 'refs/pull/1/merge' } });
    expect(planText(plan)).not.toContain('as well');
    expect(planSummary(plan)).not.toContain('as well');
  });

  it('has nothing to do with what is in an image', async () => {
    const [one, other] = [await planOf(tree('mirror.test/team')), await planOf(chain)];
    expect(one.images.map(({ identity }) => identity)).toEqual(other.images.map(({ identity }) => identity));
  });

  it('leaves them alone where it publishes elsewhere, and says so', async () => {
    const plan = await planOf(tree('mirror.test/team'), { prefix: '127.0.0.1:5000/desk' });
    expect(plan.images.some(({ alsoIn }) => alsoIn !== undefined)).toBe(false);
    expect(plan.notes.join('\n')).toContain('nothing is written to mirror.test/team');
  });

  it.each([
    ['one that is named twice', ['mirror.test/team', 'mirror.test:443/team'], 'registry-twice'],
    ['the first one again', ['mirror.test/team', madePrefix], 'registry-twice'],
    ['one that is no registry', ['mirror.test/Team'], 'reference-invalid'],
    ['one that has a tag', ['mirror.test/team/a:b'], 'reference-invalid'],
  ])('refuses %s', async (_, registries, code) => {
    await expect(planOf(tree(...registries))).rejects.toMatchObject({ code, exitCode: 2 });
  });

  it('refuses two images that would meet in one repository', async () => {
    const text = `registry: ${madePrefix}\nregistries: [${madePrefix}/deep]\nallow-untested: [a, b]\nimages:\n  a: {repository: deep/b}\n  b: {}\n`;
    const both = { 'slipway.yml': text, 'a/Dockerfile': 'FROM scratch\n', 'b/Dockerfile': 'FROM scratch\n' };
    await expect(planOf(both)).rejects.toMatchObject({
      code: 'repository-twice',
      what: expect.stringContaining(`${madePrefix}/deep/b`),
    });
  });
});

describe('a version that a further registry has already, with other content', () => {
  const release = { ...tree('mirror.test/team'), VERSION: 'v1.0.0', 'base/Dockerfile': 'FROM scratch\n' };
  const event = { ref: 'refs/tags/v1.0.0' };

  it('stops the plan, and not only the release after an hour of builds', async () => {
    const far = new FakeRegistry();
    await far.publish(parseRepository('mirror.test/team/app', 'test'), madeImage(), 'v1.0.0');
    await expect(planOf(release, { event, bases: far.client })).rejects.toMatchObject({
      code: 'version-taken',
      what: expect.stringContaining('mirror.test/team/app:v1.0.0'),
    });
  });

  it('is found by the release where it does not answer the plan', async () => {
    const far = new FakeRegistry().fault({ on: /\/team\//, status: 403 });
    const plan = await planOf(release, { event, bases: far.client });
    expect(plan.notes.join('\n')).toContain('mirror.test has already is not known yet');
  });
});
