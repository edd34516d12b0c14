import { gte } from 'semver';
import { ScriptError } from '../script.ts';
import { hasSection } from './changelog.ts';
import { type Checkout, checkoutIn, remoteCommit } from './checkout.ts';
import { refsIn } from './pins.ts';
import { readVersion, versionIn } from './version-files.ts';

/** The major tag that is to name a release. */
export interface MajorRequest {
  readonly folder: string;
  /** `v1.4.0`. */
  readonly tag: string;
  readonly repository: string;
  readonly isDryRun: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

/** Moves `v1` to a release that was cut by this script; never back, and never to a prerelease. */
export async function moveMajor({ folder, tag, repository, isDryRun, env, say }: MajorRequest): Promise<void> {
  const version = readVersion(tag.replace(/^v/, ''));
  if (tag !== `v${version.text}`) throw new ScriptError(`${tag} is no tag of a release such as v1.4.0`);
  const checkout = checkoutIn(folder, env);
  const commit = await remoteCommit(checkout, `refs/tags/${tag}`);
  if (commit === undefined) throw new ScriptError(`there is no tag ${tag} at origin`);
  await checkRelease(checkout, { commit, version: version.text, repository });
  if (!version.isFinal) return say(`${tag} is a prerelease; ${version.major} stays`);
  const before = await remoteCommit(checkout, `refs/tags/${version.major}`);
  if (before === commit) return say(`${version.major} names ${tag} already`);
  if (before !== undefined) {
    await checkout.git('fetch', '--quiet', '--no-tags', 'origin', before);
    const named = versionIn(await checkout.git('show', `${before}:package.json`));
    if (gte(named, version.text)) return say(`${version.major} names ${named}, which is newer than ${tag}; it stays`);
  }
  say(
    `${isDryRun ? 'would move' : 'moving'} ${version.major} from ${before ?? 'nothing'} to ${commit}, which is ${tag}`,
  );
  if (isDryRun) return say('nothing was written');
  const ref = `refs/tags/${version.major}`;
  // Who moved it since we looked knows something that we do not.
  const moved = await remoteObject(checkout, ref);
  await checkout.git('push', `--force-with-lease=${ref}:${moved ?? ''}`, 'origin', `${commit}:${ref}`);
  say(`${version.major} names ${tag}`);
}

/** What a tag must be before anybody is led to it. */
async function checkRelease(
  checkout: Checkout,
  { commit, version, repository }: { readonly commit: string; readonly version: string; readonly repository: string },
): Promise<void> {
  await checkout.git('fetch', '--quiet', '--no-tags', 'origin', 'refs/heads/main', commit);
  const show = (file: string) => checkout.git('show', `${commit}:${file}`);
  const named = versionIn(await show('package.json'));
  if (named !== version) throw new ScriptError(`the tag says ${version}, and its package.json ${named}`);
  if (!hasSection(await show('CHANGELOG.md'), version)) throw new ScriptError(`CHANGELOG.md has no section ${version}`);
  const parent = await checkout.git('rev-parse', `${commit}^`);
  const main = await remoteCommit(checkout, 'refs/heads/main');
  if (main === undefined || !(await checkout.holds('merge-base', '--is-ancestor', parent, main))) {
    throw new ScriptError(`the commit before the tag, ${parent}, is not on main`);
  }
  const files = (
    await checkout.git('ls-tree', '-r', '--name-only', commit, '--', '.github/workflows', 'actions', 'action.yml')
  )
    .split('\n')
    .filter((file) => file.endsWith('.yml'));
  const refs = (await Promise.all(files.map(async (file) => refsIn(await show(file), repository)))).flat();
  const odd = refs.filter((ref) => ref !== parent);
  if (refs.length === 0 || odd.length > 0) {
    throw new ScriptError(`the tag names its own actions by ${odd[0] ?? 'nothing'}, and not by ${parent}`);
  }
}

/** The object that a ref of the remote names: of an annotated tag the tag, not its commit. */
async function remoteObject(checkout: Checkout, ref: string): Promise<string | undefined> {
  const lines = (await checkout.git('ls-remote', 'origin', ref)).split('\n');
  return lines.find((line) => line.endsWith(`\t${ref}`))?.split('\t')[0];
}
