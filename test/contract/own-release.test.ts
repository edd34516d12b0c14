import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { tools } from '../../script/commands/project.ts';
import { makeOwnProject, nobody, type OwnProject } from '../support/own-project.ts';

// Each test starts git dozens of times.
jest.setTimeout(60_000);

let project: OwnProject;

beforeEach(async () => {
  project = await makeOwnProject();
});

afterEach(async () => {
  await project[Symbol.asyncDispose]();
});

const here = (file: string) => readFile(path.join(project.place.work.folder, file), 'utf8');

describe('a release of our own', () => {
  it('is two commits on main, one with pins beside it, and the tag on that one', async () => {
    const before = await project.checkout.git('rev-parse', 'HEAD');
    await project.cut('1.1.0');
    const refs = await project.origin();
    const log = await project.checkout.git('log', '--format=%s', `${before}..HEAD`);
    expect(log.split('\n')).toEqual(['dist: 1.1.0', 'release: 1.1.0']);
    expect(await project.checkout.git('rev-parse', 'HEAD')).toBe(refs['refs/heads/main']);
    expect(await project.checkout.git('rev-parse', 'v1.1.0')).toBe(refs['refs/tags/v1.1.0']);
    expect(await project.checkout.git('rev-parse', 'v1.1.0^')).toBe(refs['refs/heads/main']);
    expect(Object.keys(refs).sort()).toEqual(['HEAD', 'refs/heads/main', 'refs/tags/v1.1.0']);
  });

  it('writes its version wherever one stands, and nowhere else', async () => {
    await project.cut('1.1.0');
    expect(await project.checkout.git('diff', '--name-only', 'HEAD~2')).toBe(
      ['CHANGELOG.md', 'dist/index.js', 'package-lock.json', 'package.json', 'src/entries/version.ts'].join('\n'),
    );
    expect(JSON.parse(await here('package.json'))).toMatchObject({
      version: '1.1.0',
      dependencies: { other: '9.9.9' },
    });
    expect(JSON.parse(await here('package-lock.json'))).toMatchObject({
      version: '1.1.0',
      packages: { '': { version: '1.1.0' }, other: { version: '9.9.9' } },
    });
    expect(await here('dist/index.js')).toContain("'1.1.0'");
  });

  it('makes a section of what stands under Unreleased', async () => {
    await project.cut('1.1.0');
    expect(await here('CHANGELOG.md')).toBe(
      '# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-11-22\n\n### Added\n\n- A thing.\n\n## [1.0.0] - 2026-01-01\n\n- The first.\n',
    );
  });

  it('names its own actions by the commit before its tag, and main goes on to name them by v1', async () => {
    await project.cut('1.1.0');
    const main = (await project.origin())['refs/heads/main'] ?? '';
    const workflow = '.github/workflows/images.yml';
    expect(await project.show('refs/tags/v1.1.0', workflow)).toContain(`org/own/actions/push@${main} # v1.1.0`);
    expect(await project.show('refs/tags/v1.1.0', 'actions/pipeline/action.yml')).toContain(
      `uses: org/own/actions/build-test@${main} # v1.1.0`,
    );
    expect(await project.show('refs/tags/v1.1.0', workflow)).toContain('actions/checkout@de0fac2e');
    expect(await project.show('refs/heads/main', workflow)).toMatch(/push@v1$/);
  });

  it('with --dry-run prints each step and writes nothing', async () => {
    const before = await project.state();
    await project.cut('1.1.0', { isDryRun: true });
    expect(await project.state()).toEqual(before);
    const said = project.said.join('\n');
    for (const step of [
      'release: 1.1.0',
      'dist: 1.1.0',
      'CHANGELOG.md',
      'org/own/…@v1',
      'push main and the tag v1.1.0',
    ]) {
      expect(said).toContain(step);
    }
    expect(project.said.at(-1)).toBe('nothing was written');
  });
});

describe('a release is refused', () => {
  const refused: readonly (readonly [string, string, string, () => Promise<unknown>])[] = [
    ['where the tree holds changes', '1.1.0', 'no commit has', () => project.place.work.write({ note: 'x' })],
    ['where its tag is at origin', '1.1.0', 'the tag v1.1.0 is at origin', () => taggedAtOrigin()],
    ['where its tag is here alone', '1.1.0', 'a tag v1.1.0 here', () => project.place.work.git('tag', 'v1.1.0')],
    ['where Unreleased is empty', '1.1.0', 'nothing under Unreleased', () => withoutNews()],
    ['of the version that there is', '1.0.0', 'is not greater than 1.0.0', async () => undefined],
    ['of a version before it', '1.0.0-rc.1', 'is not greater than 1.0.0', async () => undefined],
    ['of what is no version', '1.1', '"1.1" is no version', async () => undefined],
    ['of a version with a v', 'v1.1.0', '"v1.1.0" is no version', async () => undefined],
    ['of another major version', '2.0.0', 'belongs to v2', async () => undefined],
    ['where dist/ is not of the sources', '1.1.0', 'dist/ is not what', () => pushed({ 'dist/index.js': 'other\n' })],
    ['on another branch', '1.1.0', 'topic is checked out', () => project.place.work.git('checkout', '-qb', 'topic')],
    ['of a commit that origin lacks', '1.1.0', 'is not main at origin', () => project.place.work.commit({ note: 'x' })],
    ['where nothing is to be pinned', '1.1.0', 'no workflow and no action names', () => withoutUses()],
  ];

  async function pushed(files: Readonly<Record<string, string | null>>): Promise<void> {
    await project.place.work.commit(files);
    await project.place.work.git('push', '--quiet', 'origin', 'HEAD:main');
  }
  const withoutNews = () =>
    pushed({ 'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [1.0.0] - 2026\n' });
  const withoutUses = () =>
    pushed({ '.github/workflows/images.yml': 'jobs: {}\n', 'actions/pipeline/action.yml': null });
  const taggedAtOrigin = () => project.place.work.git('push', '--quiet', 'origin', 'HEAD:refs/tags/v1.1.0');

  it.each(refused)('%s', async (_, version, why, prepare) => {
    await prepare();
    const before = await project.state();
    await expect(project.cut(version)).rejects.toThrow(why);
    expect(await project.state()).toEqual(before);
  });
});

describe('a release that is broken off', () => {
  it('by a kill in the middle leaves nothing in the way of the next run', async () => {
    const before = await project.origin();
    const folder = project.place.work.folder;
    const program = fileURLToPath(new URL('../support/own-release-process.ts', import.meta.url));
    const { signal } = spawnSync(process.execPath, [tools.tsx, program, folder, '1.1.0'], {
      env: { PATH: process.env.PATH, TMPDIR: path.dirname(folder), ...nobody, DURING_BUILD: 'kill -9 $PPID; sleep 1' },
    });
    expect(await project.checkout.git('worktree', 'list')).toContain('slipway-own-release-');
    expect([null, 'SIGKILL']).toContain(signal);
    expect(await project.origin()).toEqual(before);
    expect(await project.checkout.git('status', '--porcelain')).toBe('');
    await project.cut('1.1.0');
    expect(Object.keys(await project.origin())).toContain('refs/tags/v1.1.0');
  });

  it('by a build that fails is as if it had never been', async () => {
    const before = await project.state();
    await expect(project.cut('1.1.0', { env: { ...nobody, DURING_BUILD: 'exit 3' } })).rejects.toThrow(
      'dist/ could not',
    );
    expect(await project.state()).toEqual(before);
  });

  it('by another push to main writes neither branch nor tag', async () => {
    const other = await project.place.clone({});
    const DURING_BUILD = `git -C ${other.folder} commit --quiet --allow-empty -m other && git -C ${other.folder} push --quiet origin HEAD:main`;
    await expect(project.cut('1.1.0', { env: { ...nobody, DURING_BUILD } })).rejects.toThrow('git push');
    expect(Object.keys(await project.origin()).sort()).toEqual(['HEAD', 'refs/heads/main']);
  });

  it('between the push and the end is brought to its end by the next run', async () => {
    const before = await project.checkout.git('rev-parse', 'HEAD');
    await project.cut('1.1.0');
    const released = await project.origin();
    await project.checkout.git('reset', '--quiet', '--hard', before);
    await project.checkout.git('tag', '--delete', 'v1.1.0');
    await project.cut('1.1.0');
    expect(await project.origin()).toEqual(released);
    expect(await project.checkout.git('rev-parse', 'HEAD')).toBe(released['refs/heads/main']);
    expect(await project.checkout.git('rev-parse', 'v1.1.0')).toBe(released['refs/tags/v1.1.0']);
  });
});
