import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { makeOwnProject, type OwnProject } from '../support/own-project.ts';

// Each test starts git dozens of times.
jest.setTimeout(60_000);

let project: OwnProject;

beforeEach(async () => {
  project = await makeOwnProject();
});

afterEach(async () => {
  await project[Symbol.asyncDispose]();
});

describe('the tag of the major version', () => {
  const named = async () => (await project.origin())['refs/tags/v1'];

  it('is moved to a release, and again to the next one', async () => {
    await project.cut('1.1.0');
    expect(await named()).toBeUndefined();
    await project.major('v1.1.0');
    expect(await named()).toBe((await project.origin())['refs/tags/v1.1.0']);
    await project.news();
    await project.cut('1.2.0');
    await project.major('v1.2.0');
    expect(await named()).toBe((await project.origin())['refs/tags/v1.2.0']);
  });

  it('never goes back', async () => {
    await project.cut('1.1.0');
    await project.news();
    await project.cut('1.2.0');
    await project.major('v1.2.0');
    const before = await named();
    await project.major('v1.1.0');
    expect(await named()).toBe(before);
    expect(project.said.at(-1)).toContain('v1 names 1.2.0, which is newer');
  });

  it('is moved once, however often it is asked for', async () => {
    await project.cut('1.1.0');
    await project.major('v1.1.0');
    const before = await project.origin();
    await project.major('v1.1.0');
    expect(await project.origin()).toEqual(before);
    expect(project.said.at(-1)).toBe('v1 names v1.1.0 already');
  });

  it('stays for a prerelease', async () => {
    await project.cut('1.1.0-rc.1');
    await project.major('v1.1.0-rc.1');
    expect(await named()).toBeUndefined();
    expect(project.said.at(-1)).toContain('is a prerelease');
  });

  it('with --dry-run stays, and it says where it would go', async () => {
    await project.cut('1.1.0');
    const before = await project.state();
    await project.major('v1.1.0', { isDryRun: true });
    expect(await project.state()).toEqual(before);
    expect(project.said.at(-2)).toContain('would move v1 from nothing to');
  });

  const refused: readonly (readonly [string, () => Promise<unknown>, string])[] = [
    ['that is not there', async () => undefined, 'there is no tag v1.1.0'],
    [
      'of a commit that is no release',
      () => project.place.work.git('push', '-q', 'origin', 'HEAD:refs/tags/v1.1.0'),
      'its package.json 1.0.0',
    ],
    ['whose pins name another commit', () => otherPins(), 'the tag names its own actions by'],
    ['that is not behind main', () => besideMain(), 'is not on main'],
  ];

  it.each(refused)('is not moved to a tag %s', async (_, prepare, why) => {
    await prepare();
    await expect(project.major('v1.1.0')).rejects.toThrow(why);
    expect(await named()).toBeUndefined();
  });

  async function otherPins(): Promise<void> {
    await project.cut('1.1.0');
    await retag(async () => {
      const file = '.github/workflows/images.yml';
      const text = await project.checkout.git('show', `v1.1.0:${file}`);
      await project.place.work.write({ [file]: `${text.replace(/push@\w+/, `push@${'a'.repeat(40)}`)}\n` });
    });
  }

  async function besideMain(): Promise<void> {
    const before = await project.checkout.git('rev-parse', 'HEAD');
    await project.cut('1.1.0');
    await project.place.work.git('push', '--quiet', '--force', 'origin', `${before}:refs/heads/main`);
  }

  /** Puts another commit in the place of the tagged one, as somebody with ill will could. */
  async function retag(change: () => Promise<void>): Promise<void> {
    const { work } = project.place;
    await work.git('checkout', '--quiet', '--detach', 'v1.1.0');
    await change();
    await work.git('add', '--all');
    await work.git('commit', '--quiet', '--amend', '--no-edit');
    await work.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/tags/v1.1.0');
  }
});
