import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { MoveStatus, TagMove } from '../../domain/release-machine.ts';
import type { RawManifest } from '../../ports/content.ts';
import type { Ports } from '../../ports/ports.ts';
import type { ManifestShelf } from './shelf.ts';

/** What tags are written with. */
export interface WriterPorts extends Pick<Ports, 'log'> {
  readonly registry: RegistryClient;
  readonly shelf: ManifestShelf;
  /** Hears what went wrong with a tag. */
  readonly onTrouble?: ((move: TagMove, what: string) => void) | undefined;
  /** A journal says that we were writing: a tag that the registry fails over for good is one that a crash has torn. */
  readonly mendsTorn?: boolean | undefined;
  /** Decides anew about a tag that is not what it was. */
  readonly judge?: ((move: TagMove, registry: RegistryClient) => Promise<Ruling>) | undefined;
}

/** How a move ended, and what the tag named before it. */
export interface Moved {
  readonly status: MoveStatus;
  readonly previous: Digest | undefined;
}

/** What the rules say of a tag that somebody else has moved since it was looked at; `again` where it moved once more. */
export type Ruling = 'follow' | 'yield' | 'stop' | 'again';

/** Two who overwrite each other come to an end by the rules; whoever does not go by them is not raced for ever. */
const mostRounds = 5;

/**
 * Gives a tag its digest: the bytes of the manifest as they are, and then a look at what the tag names. Registries have
 * no write on condition, so another release may come between look and write, and is then dealt with by the rules.
 */
export async function moveTag(ports: WriterPorts, move: TagMove): Promise<Moved> {
  let { previous } = move;
  const end = (status: MoveStatus): Moved => ({ status, previous });
  for (let round = 1; round <= mostRounds; round += 1) {
    // Read meanwhile: almost always it is needed.
    const [before, manifest] = await Promise.all([look(ports, move), readTarget(ports, move, move.target)]);
    // Nothing was written yet: a registry that does not answer leaves the tag as it was.
    if (before === undefined || (before === 'torn' && ports.mendsTorn !== true)) return end('failed');
    if (before !== 'torn') {
      if (before.digest === move.target) return end('done');
      if (before.digest !== previous) {
        const ruling = await judged(ports, move, before.digest);
        if (ruling === 'again') continue;
        if (ruling !== 'follow') return end(ruling === 'yield' ? 'yielded' : 'foreign');
        previous = before.digest;
      }
    }
    const now = await write(ports, move, { from: previous, manifest });
    if (now === undefined || now === 'torn') return end('stuck');
    if (now.digest === move.target) return end('done');
    // A registry that took the write and shows the old digest all the same may show the new one later.
    if (now.digest === previous) return end(now.isTaken === true ? 'stuck' : 'failed');
  }
  return end('foreign');
}

async function judged(ports: WriterPorts, move: TagMove, now: Digest | undefined): Promise<Ruling> {
  if (move.kind === 'immutable' || now === undefined || ports.judge === undefined) return 'stop';
  try {
    return await ports.judge(move, ports.registry);
  } catch (error) {
    warn(ports, move, error);
    return 'stop';
  }
}

/** Puts a tag back to what it named before us, unless somebody moved it since. */
export async function undoTag(ports: WriterPorts, move: TagMove): Promise<MoveStatus> {
  const before = await look(ports, move);
  if (before === undefined || before === 'torn') return 'stuck';
  if (before.digest !== move.target) return 'foreign';
  // A tag that was not there cannot be taken away on every registry without taking its manifest along.
  if (move.previous === undefined) return 'left';
  const manifest = await readTarget(ports, move, move.previous);
  const now = await write(ports, move, { from: move.target, manifest });
  if (now === undefined || now === 'torn' || now.digest === move.target) return 'stuck';
  return now.digest === move.previous ? 'undone' : 'foreign';
}

/** What a tag names; `undefined` when nobody can tell. */
type Seen = { readonly digest: Digest | undefined; readonly isTaken?: boolean } | 'torn' | undefined;

/** The bytes of a digest that is to be tagged. */
async function readTarget(ports: WriterPorts, move: TagMove, digest: Digest): Promise<RawManifest | undefined> {
  try {
    const manifest = await ports.shelf.read(ports.registry, move.repository, digest);
    if (manifest === undefined) tell(ports, move, `${digest} is not there any more`);
    return manifest;
  } catch (error) {
    warn(ports, move, error);
    return undefined;
  }
}

/** Puts bytes under a tag, and tells what the tag names then. */
async function write(
  ports: WriterPorts,
  move: TagMove,
  change: { readonly from: Digest | undefined; readonly manifest: RawManifest | undefined },
): Promise<Seen> {
  const { registry, log } = ports;
  const { from: previous, manifest } = change;
  if (manifest === undefined) return look(ports, move);
  try {
    const written = await registry.writeTag(move.repository, { tag: move.tag, manifest, previous });
    if (written.refused !== undefined) tell(ports, move, written.refused.what);
    if (written.lateMs > 0) log.info(`${nameOf(move)}: the registry showed it after ${written.lateMs} ms`);
    return { digest: written.digest, isTaken: written.refused === undefined };
  } catch (error) {
    warn(ports, move, error);
    return look(ports, move);
  }
}

async function look(ports: WriterPorts, move: TagMove): Promise<Seen> {
  try {
    return { digest: (await ports.registry.resolve(move.repository, move.tag))?.digest };
  } catch (error) {
    warn(ports, move, error);
    return error instanceof RemoteError && error.status === 500 ? 'torn' : undefined;
  }
}

/** A registry that fails is a fact about the tag; anything else is not ours to swallow. */
function warn(ports: WriterPorts, move: TagMove, error: unknown): void {
  if (!(error instanceof RemoteError)) throw error;
  tell(ports, move, error.what);
}

function tell({ log, onTrouble }: WriterPorts, move: TagMove, what: string): void {
  log.warning(`${nameOf(move)}: ${what}`);
  onTrouble?.(move, what);
}

function nameOf(move: TagMove): string {
  return `${move.repository}:${move.tag}`;
}
