import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gt } from 'semver';
import { ScriptError } from '../script.ts';
import { withSection } from './changelog.ts';
import { type Checkout, remoteCommit } from './checkout.ts';
import type { CutRequest } from './cut.ts';
import { readVersion, versionIn } from './version-files.ts';

/** Whether a release may be cut here. */
export type Preflight =
  | { readonly kind: 'clear'; readonly head: string }
  /** An earlier run came as far as the push, and no further. */
  | { readonly kind: 'cut-already' };

/** Looks at everything that could stand against a release, and writes nothing. */
export async function preflight(checkout: Checkout, request: CutRequest): Promise<Preflight> {
  const { version, major, date } = request;
  const wanted = readVersion(version);
  const tag = `v${version}`;
  if (wanted.major !== major) {
    throw new ScriptError(
      `${version} belongs to ${wanted.major}, and the suite names its actions by ${major}; change suiteVersion in script/commands/generate/action-runtime.ts first`,
    );
  }
  if ((await checkout.git('status', '--porcelain')) !== '') {
    throw new ScriptError('the tree holds changes that no commit has; commit them or put them away');
  }
  const branch = await checkout.git('rev-parse', '--abbrev-ref', 'HEAD');
  if (branch !== 'main') throw new ScriptError(`a release is cut of main, and ${branch} is checked out`);
  const head = await checkout.git('rev-parse', 'HEAD');
  if (await isCutOf(checkout, tag, head)) return { kind: 'cut-already' };
  if ((await remoteCommit(checkout, `refs/tags/${tag}`)) !== undefined) {
    throw new ScriptError(`the tag ${tag} is at origin already, and a version is cut once; take the next one`);
  }
  if (await checkout.holds('rev-parse', '--quiet', '--verify', `refs/tags/${tag}`)) {
    throw new ScriptError(`there is a tag ${tag} here that origin does not have; git tag --delete ${tag} removes it`);
  }
  if ((await remoteCommit(checkout, 'refs/heads/main')) !== head) {
    throw new ScriptError('main here is not main at origin; pull, or push and let its checks end first');
  }
  const text = (file: string) => readFile(path.join(checkout.folder, file), 'utf8');
  const before = versionIn(await text('package.json'));
  if (!gt(version, before)) throw new ScriptError(`${version} is not greater than ${before}, which package.json says`);
  withSection(await text('CHANGELOG.md'), version, date);
  await checkout.script(
    'script/build',
    ['--check'],
    'dist/ is not what the sources give; a release is cut of what was reviewed',
  );
  return { kind: 'clear', head };
}

/** Whether the tag is at origin, and the branch behind it goes on from what is checked out here. */
async function isCutOf(checkout: Checkout, tag: string, head: string): Promise<boolean> {
  const pinned = await remoteCommit(checkout, `refs/tags/${tag}`);
  const main = await remoteCommit(checkout, 'refs/heads/main');
  if (pinned === undefined || main === undefined) return false;
  await checkout.git('fetch', '--quiet', '--no-tags', 'origin', main, pinned);
  const isOurs = (await checkout.git('show', '--no-patch', '--format=%s', pinned)).startsWith(`pins: ${tag.slice(1)} `);
  const released = await checkout.git('rev-parse', `${pinned}^`);
  // Here is either where the release was cut, or where it led to.
  return (
    isOurs &&
    (await checkout.holds('merge-base', '--is-ancestor', head, released)) &&
    (await checkout.holds('merge-base', '--is-ancestor', released, main))
  );
}
