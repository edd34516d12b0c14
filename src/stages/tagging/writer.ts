import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { MoveStatus, TagMove } from '../../domain/release-machine.ts';
import type { Ports } from '../../ports/ports.ts';

type WriterPorts = Pick<Ports, 'clock' | 'log'> & { readonly registry: RegistryClient };

const readBacks = 3;

/** Gives a tag its digest: the bytes of the manifest as they are, and then a look at what the tag names. */
export async function moveTag(ports: WriterPorts, move: TagMove): Promise<MoveStatus> {
  const before = await ports.registry.resolve(move.repository, move.tag);
  if (before?.digest === move.target) return 'done';
  if (before?.digest !== move.previous) return 'foreign';
  return write(ports, move, move.target, 'done');
}

/** Puts a tag back to what it named before us, unless somebody moved it since. */
export async function undoTag(ports: WriterPorts, move: TagMove): Promise<MoveStatus> {
  const before = await ports.registry.resolve(move.repository, move.tag);
  if (before?.digest !== move.target) return 'foreign';
  // A tag that was not there cannot be taken away on every registry without taking its manifest along.
  if (move.previous === undefined) return 'stuck';
  return write(ports, move, move.previous, 'undone');
}

async function write(ports: WriterPorts, move: TagMove, digest: Digest, success: MoveStatus): Promise<MoveStatus> {
  const { registry } = ports;
  const name = `${move.repository}:${move.tag}`;
  const raw = await registry.readManifest(move.repository, digest);
  if (raw === undefined) {
    ports.log.warning(`${name}: ${digest} is not there any more`);
    return 'failed';
  }
  try {
    await registry.putManifest(move.repository, move.tag, raw);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    // The write may have happened all the same; only reading tells.
    ports.log.warning(`${name}: ${error.what}`);
  }
  const seen = await settle(ports, move, digest);
  if (seen === undefined) return 'stuck';
  return seen.digest === digest ? success : seen.digest === move.previous ? 'failed' : 'foreign';
}

/** Reads a tag until it names the digest, three times at most; what it named last comes back, or undefined if nobody can tell. */
async function settle(
  ports: WriterPorts,
  move: TagMove,
  digest: Digest,
): Promise<{ readonly digest: Digest | undefined } | undefined> {
  let seen: { readonly digest: Digest | undefined } | undefined;
  for (let round = 0; round < readBacks; round++) {
    if (round > 0) await ports.clock.sleep(200 * round);
    try {
      seen = { digest: (await ports.registry.resolve(move.repository, move.tag))?.digest };
      if (seen.digest === digest) return seen;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      seen = undefined;
    }
  }
  return seen;
}
