import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ScriptError } from '../script.ts';
import { withSection } from './changelog.ts';
import { type Checkout, checkoutIn } from './checkout.ts';
import { type Pin, pinnedFiles, withPins } from './pins.ts';
import { preflight } from './preflight.ts';
import { versionFiles, withVersion } from './version-files.ts';

/** What a release is cut of. */
export interface CutRequest {
  readonly folder: string;
  readonly version: string;
  /** `OWNER/REPO`, as the suite names itself. */
  readonly repository: string;
  /** By which major version it names its own actions. */
  readonly major: string;
  /** The day that the changelog says. */
  readonly date: string;
  readonly isDryRun: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

/**
 * Cuts a release: a commit with the version, one with `dist/`, one that pins the suite's own actions to the commit before
 * it, and the tag on that last one. All of it happens in a worktree elsewhere and is sent at once, so that whatever ends
 * it early leaves nothing behind that the next run would meet.
 */
export async function cutRelease(request: CutRequest): Promise<void> {
  const { folder, version, env, say, isDryRun } = request;
  const tag = `v${version}`;
  const checkout = checkoutIn(folder, env);
  const found = await preflight(checkout, request);
  if (found.kind === 'cut-already') {
    say(`${tag} is at origin already, made of this commit; what is left is the branch here`);
    if (!isDryRun) await follow(checkout, tag);
    return;
  }
  for (const step of stepsOf(request, found.head)) say(isDryRun ? `would ${step}` : `will ${step}`);
  if (isDryRun) return say('nothing was written');
  await using elsewhere = await worktreeOf(checkout, found.head, env);
  const { main, pinned } = await commitAll(elsewhere.checkout, request);
  await checkout.git('push', '--atomic', 'origin', `${main}:refs/heads/main`, `${pinned}:refs/tags/${tag}`);
  say(`main is at ${main}, ${tag} at ${pinned}`);
  await follow(checkout, tag);
}

function stepsOf({ version, date, repository, major }: CutRequest, head: string): readonly string[] {
  return [
    `write ${version} into ${versionFiles.join(', ')}, and the section ${version} of ${date} into CHANGELOG.md`,
    `commit that on ${head.slice(0, 12)} as "release: ${version}"`,
    `build dist/ and commit it as "dist: ${version}"`,
    `name ${repository}/…@${major} by that commit in workflows and actions, in a commit that no branch holds`,
    `push main and the tag v${version}, both or neither; no tag is ever pushed over`,
    `leave ${major} where it is: script/release --major v${version} moves it`,
  ];
}

async function commitAll(
  checkout: Checkout,
  request: CutRequest,
): Promise<{ readonly main: string; readonly pinned: string }> {
  const { version, date } = request;
  const file = (name: string) => path.join(checkout.folder, name);
  for (const name of versionFiles) {
    await writeFile(file(name), withVersion(name, await readFile(file(name), 'utf8'), version));
  }
  await writeFile(file('CHANGELOG.md'), withSection(await readFile(file('CHANGELOG.md'), 'utf8'), version, date));
  await commit(checkout, `release: ${version}`);
  await checkout.script('script/build', [], 'dist/ could not be built');
  // A version that no byte of dist/ knows would still be a release.
  if ((await checkout.git('status', '--porcelain')) !== '') await commit(checkout, `dist: ${version}`);
  const main = await checkout.git('rev-parse', 'HEAD');
  await pinAll(checkout.folder, { ...request, commit: main, release: `v${version}` });
  await commit(checkout, `pins: ${version} names its own actions by commit`);
  return { main, pinned: await checkout.git('rev-parse', 'HEAD') };
}

async function commit(checkout: Checkout, message: string): Promise<void> {
  await checkout.git('add', '--all');
  await checkout.git('commit', '--quiet', '--message', message);
}

async function pinAll(folder: string, pin: Pin): Promise<void> {
  let count = 0;
  for (const file of await filesToPin(folder)) {
    const text = await readFile(file, 'utf8');
    const pinned = withPins(text, pin);
    if (pinned === text) continue;
    await writeFile(file, pinned);
    count++;
  }
  if (count === 0) throw new ScriptError(`no workflow and no action names ${pin.repository}/…@${pin.major}`);
}

/** The workflows and actions of a checkout, as paths. */
export async function filesToPin(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const place of pinnedFiles.map((name) => path.join(folder, name)).filter((name) => existsSync(name))) {
    if (place.endsWith('.yml')) files.push(place);
    else {
      const entries = await readdir(place, { recursive: true, withFileTypes: true });
      files.push(
        ...entries
          .filter((entry) => entry.isFile() && entry.name.endsWith('.yml'))
          .map((entry) => path.join(entry.parentPath, entry.name)),
      );
    }
  }
  return files;
}

/** A worktree of a commit in a folder of its own, which goes at the end. */
async function worktreeOf(
  checkout: Checkout,
  commitId: string,
  env: NodeJS.ProcessEnv | undefined,
): Promise<AsyncDisposable & { readonly checkout: Checkout }> {
  const top = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-own-release-')));
  const folder = path.join(top, 'worktree');
  // What a run that was killed left in git's list is no worktree any more.
  await checkout.git('worktree', 'prune');
  await checkout.git('worktree', 'add', '--quiet', '--detach', folder, commitId);
  return {
    checkout: checkoutIn(folder, env),
    async [Symbol.asyncDispose]() {
      await rm(top, { recursive: true, force: true });
      await checkout.git('worktree', 'prune');
    },
  };
}

/** Brings the branch and the tag here to what origin has. */
async function follow(checkout: Checkout, tag: string): Promise<void> {
  await checkout.git('fetch', '--quiet', 'origin', 'refs/heads/main', `refs/tags/${tag}:refs/tags/${tag}`);
  // The tag itself is on the commit with pins, which no branch has.
  await checkout.git('merge', '--quiet', '--ff-only', `refs/tags/${tag}^`);
}
