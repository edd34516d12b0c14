import { algorithmOf, Hasher } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import type { Descriptor } from '../ports/content.ts';

/** Hands content on while it counts and hashes it, and throws at the end when it is not what the descriptor says. */
export async function* verifiedContent(
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  content: AsyncIterable<Uint8Array>,
  where: string,
): AsyncIterable<Uint8Array> {
  const hasher = new Hasher(algorithmOf(descriptor.digest));
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > descriptor.size) throw damaged(descriptor, where, `it has more than ${descriptor.size} bytes`);
    hasher.add(piece);
    yield piece;
  }
  if (size !== descriptor.size) throw damaged(descriptor, where, `it has ${size} bytes and not ${descriptor.size}`);
  const found = hasher.digest();
  if (found !== descriptor.digest) throw damaged(descriptor, where, `its bytes hash to ${found}`);
}

function damaged(descriptor: Pick<Descriptor, 'digest'>, where: string, why: string): RemoteError {
  return new RemoteError({
    code: 'content-damaged',
    what: `${descriptor.digest} is damaged: ${why}`,
    where,
    state: 'it was not used',
    next: 'run again; if it stays, the place that holds it lost or changed data: remove it there and publish it again',
  });
}
