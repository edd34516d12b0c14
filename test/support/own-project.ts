import { chmod } from 'node:fs/promises';
import path from 'node:path';
import type { Checkout } from '../../script/commands/release/checkout.ts';
import { checkoutIn } from '../../script/commands/release/checkout.ts';
import { type CutRequest, cutRelease } from '../../script/commands/release/cut.ts';
import { moveMajor } from '../../script/commands/release/major.ts';
import { type GitPlace, makeGitPlace } from './git-repository.ts';

/** Nothing of the person whose machine this is. */
export const nobody = {
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A tester',
  GIT_AUTHOR_EMAIL: 'tester@example.com',
  GIT_COMMITTER_NAME: 'A tester',
  GIT_COMMITTER_EMAIL: 'tester@example.com',
};

const lock = (version: string) =>
  JSON.stringify(
    {
      name: 'own',
      version,
      lockfileVersion: 3,
      packages: { '': { name: 'own', version }, other: { version: '9.9.9' } },
    },
    null,
    2,
  );

/** It writes dist/ out of the sources, as ours does, and lets a test do something meanwhile. */
const build = `#!/bin/sh
set -e
cd "$(dirname "$0")/.."
want="built of $(cat src/entries/version.ts)"
if [ "$1" = --check ]; then test "$(cat dist/index.js)" = "$want"; exit; fi
if [ -n "$DURING_BUILD" ]; then eval "$DURING_BUILD"; fi
echo "$want" > dist/index.js
`;

const source = (version: string) => `export const version = '${version}';`;

const files = {
  'package.json': '{\n  "name": "own",\n  "version": "1.0.0",\n  "dependencies": { "other": "9.9.9" }\n}\n',
  'package-lock.json': lock('1.0.0'),
  'src/entries/version.ts': `${source('1.0.0')}\n`,
  'dist/index.js': `built of ${source('1.0.0')}\n`,
  'script/build': build,
  'CHANGELOG.md':
    '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [1.0.0] - 2026-01-01\n\n- The first.\n',
  '.github/workflows/images.yml': [
    'steps:',
    '  - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2',
    '  - uses: org/own/actions/push@v1',
    '',
  ].join('\n'),
  'actions/pipeline/action.yml': 'runs:\n  steps:\n    - id: build\n      uses: org/own/actions/build-test@v1\n',
};

/** A small project of the form of ours, with an origin on this disk. */
export interface OwnProject extends AsyncDisposable {
  readonly place: GitPlace;
  readonly checkout: Checkout;
  readonly said: string[];
  cut(version: string, changes?: Partial<CutRequest>): Promise<void>;
  major(tag: string, changes?: { readonly isDryRun?: boolean }): Promise<void>;
  /** Every ref at origin with its commit. */
  origin(): Promise<Readonly<Record<string, string>>>;
  /** A file of a ref at origin. */
  show(ref: string, file: string): Promise<string>;
  /** Everything of a repository that a run could change, but for objects that nothing names. */
  state(): Promise<unknown>;
  /** What a release writes under Unreleased, committed and pushed. */
  news(text?: string): Promise<void>;
}

export async function makeOwnProject(): Promise<OwnProject> {
  const place = await makeGitPlace(files);
  const folder = place.work.folder;
  await chmod(path.join(folder, 'script/build'), 0o755);
  await place.work.commit({});
  await place.work.git('push', '--quiet', 'origin', 'HEAD:main');
  const said: string[] = [];
  const say = (line: string): void => {
    said.push(line);
  };
  const common = { folder, repository: 'org/own', env: nobody, say };
  const checkout = checkoutIn(folder, nobody);
  const origin = async (): Promise<Readonly<Record<string, string>>> => {
    const lines = (await checkout.git('ls-remote', 'origin')).split('\n').filter((line) => line !== '');
    return Object.fromEntries(lines.map((line) => line.split('\t').reverse() as [string, string]));
  };
  return {
    place,
    checkout,
    said,
    cut: (version, changes = {}) =>
      cutRelease({ ...common, version, major: 'v1', date: '2026-11-22', isDryRun: false, ...changes }),
    major: (tag, { isDryRun = false } = {}) => moveMajor({ ...common, tag, isDryRun }),
    origin,
    state: async () => ({
      origin: await origin(),
      refs: await checkout.git('for-each-ref'),
      head: await checkout.git('rev-parse', 'HEAD'),
      status: await checkout.git('status', '--porcelain', '--ignored'),
      worktrees: await checkout.git('worktree', 'list'),
    }),
    async show(ref, file) {
      await checkout.git('fetch', '--quiet', '--no-tags', 'origin', ref);
      return checkout.git('show', `FETCH_HEAD:${file}`);
    },
    async news(text = '- News.') {
      const before = await checkout.git('show', 'HEAD:CHANGELOG.md');
      await place.work.commit({ 'CHANGELOG.md': before.replace('## [Unreleased]\n', `## [Unreleased]\n\n${text}\n`) });
      await place.work.git('push', '--quiet', 'origin', 'HEAD:main');
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}
