import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { MoveStatus, TagMove } from '../../domain/release-machine.ts';
import type { Ports } from '../../ports/ports.ts';

type WriterPorts = Pick<Ports, 'log'> & { readonly registry: RegistryClient };

/** Gives a tag its digest: the bytes of the manifest as they are, and then a look at what the tag names. */
export async function moveTag(ports: WriterPorts, move: TagMove): Promise<MoveStatus> {
  const before = await look(ports, move);
  // Nothing was written yet: a registry that does not answer leaves the tag as it was.
  if (before === undefined) return 'failed';
  if (before.digest === move.target) return 'done';
  if (before.digest !== move.previous) return 'foreign';
  const now = await write(ports, move, { from: move.previous, to: move.target });
  if (now === undefined) return 'stuck';
  return now.digest === move.target ? 'done' : now.digest === move.previous ? 'failed' : 'foreign';
}

/** Puts a tag back to what it named before us, unless somebody moved it since. */
export async function undoTag(ports: WriterPorts, move: TagMove): Promise<MoveStatus> {
  const before = await look(ports, move);
  if (before === undefined) return 'stuck';
  if (before.digest !== move.target) return 'foreign';
  // A tag that was not there cannot be taken away on every registry without taking its manifest along.
  if (move.previous === undefined) return 'stuck';
  const now = await write(ports, move, { from: move.target, to: move.previous });
  if (now === undefined || now.digest === move.target) return 'stuck';
  return now.digest === move.previous ? 'undone' : 'foreign';
}

/** What a tag names; `undefined` when nobody can tell. */
interface Seen {
  readonly digest: Digest | undefined;
}

/** Puts the bytes of a digest under a tag, and tells what the tag names then. */
async function write(
  { registry, log }: WriterPorts,
  move: TagMove,
  change: { readonly from: Digest | undefined; readonly to: Digest },
): Promise<Seen | undefined> {
  const ports = { registry, log };
  try {
    const manifest = await registry.readManifest(move.repository, change.to);
    if (manifest === undefined) {
      log.warning(`${nameOf(move)}: ${change.to} is not there any more`);
      return look(ports, move);
    }
    const written = await registry.writeTag(move.repository, { tag: move.tag, manifest, previous: change.from });
    if (written.refused !== undefined) log.warning(`${nameOf(move)}: ${written.refused.what}`);
    if (written.lateMs > 0) log.info(`${nameOf(move)}: the registry showed it after ${written.lateMs} ms`);
    return { digest: written.digest };
  } catch (error) {
    warn(ports, move, error);
    return look(ports, move);
  }
}

async function look(ports: WriterPorts, move: TagMove): Promise<Seen | undefined> {
  try {
    return { digest: (await ports.registry.resolve(move.repository, move.tag))?.digest };
  } catch (error) {
    warn(ports, move, error);
    return undefined;
  }
}

/** A registry that fails is a fact about the tag; anything else is not ours to swallow. */
function warn(ports: WriterPorts, move: TagMove, error: unknown): void {
  if (!(error instanceof RemoteError)) throw error;
  ports.log.warning(`${nameOf(move)}: ${error.what}`);
}

function nameOf(move: TagMove): string {
  return `${move.repository}:${move.tag}`;
}
