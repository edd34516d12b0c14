import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { MoveStatus, TagMove } from '../../domain/release-machine.ts';
import type { RawManifest } from '../../ports/content.ts';
import type { Ports } from '../../ports/ports.ts';

type WriterPorts = Pick<Ports, 'log'> & { readonly registry: RegistryClient };

/** Gives a tag its digest: the bytes of the manifest as they are, and then a look at what the tag names. */
export async function moveTag(ports: WriterPorts, move: TagMove): Promise<MoveStatus> {
  // Read meanwhile: almost always it is needed.
  const [before, manifest] = await Promise.all([look(ports, move), readTarget(ports, move, move.target)]);
  // Nothing was written yet: a registry that does not answer leaves the tag as it was.
  if (before === undefined) return 'failed';
  if (before.digest === move.target) return 'done';
  if (before.digest !== move.previous) return 'foreign';
  const now = await write(ports, move, { from: move.previous, manifest });
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
  const manifest = await readTarget(ports, move, move.previous);
  const now = await write(ports, move, { from: move.target, manifest });
  if (now === undefined || now.digest === move.target) return 'stuck';
  return now.digest === move.previous ? 'undone' : 'foreign';
}

/** What a tag names; `undefined` when nobody can tell. */
interface Seen {
  readonly digest: Digest | undefined;
}

/** The bytes of a digest that is to be tagged. */
async function readTarget(ports: WriterPorts, move: TagMove, digest: Digest): Promise<RawManifest | undefined> {
  try {
    const manifest = await ports.registry.readManifest(move.repository, digest);
    if (manifest === undefined) ports.log.warning(`${nameOf(move)}: ${digest} is not there any more`);
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
): Promise<Seen | undefined> {
  const { registry, log } = ports;
  const { from: previous, manifest } = change;
  if (manifest === undefined) return look(ports, move);
  try {
    const written = await registry.writeTag(move.repository, { tag: move.tag, manifest, previous });
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
