import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { readManifest } from '../formats/manifest.ts';
import { acceptedManifests } from '../formats/oci.ts';
import type { ContentSink, ContentSource, Descriptor, RawManifest } from '../ports/content.ts';
import { copyContent } from './copy.ts';

/** Puts a manifest where it is found from its subject; its content is there already. */
export type Attach = (referrer: RawManifest, subject: Digest) => Promise<void>;

/** Where an image is, with what is attached to it. */
export interface AttachedSource {
  readonly content: ContentSource;
  /** What is attached to a digest there. */
  referrersOf(digest: Digest): Promise<readonly Descriptor[]>;
}

/** Many more than any image has; a place that lists more lists without an end. */
const maxReferrers = 1000;

/** Copies what is attached to an image and to its members, and what is attached to that; tells how many there were. */
export async function copyReferrers(
  source: AttachedSource,
  sink: ContentSink,
  image: { readonly digest: Digest },
  attach: Attach,
): Promise<number> {
  const subjects = [image.digest, ...(await membersOf(source, image.digest))];
  const seen = new Set(subjects);
  let copied = 0;
  // The list grows while it is read: a signature may speak of a record, which speaks of an image.
  for (const subject of subjects) {
    for (const { digest } of await source.referrersOf(subject)) {
      if (seen.has(digest)) continue;
      seen.add(digest);
      copied += 1;
      if (copied > maxReferrers) throw tooMany(image.digest, source.content.name);
      await copyContent(source.content, sink, { digest }, { verify: true });
      const raw = await source.content.readManifest(digest);
      if (raw !== undefined) await attach(raw, subject);
      subjects.push(digest);
    }
  }
  return copied;
}

async function membersOf(source: AttachedSource, digest: Digest): Promise<readonly Digest[]> {
  const raw = await source.content.readManifest(digest);
  const read = raw === undefined ? undefined : readManifest(raw);
  if (read?.kind !== 'index') return [];
  return read.index.manifests
    .filter((member) => acceptedManifests.includes(member.mediaType))
    .map((member) => member.digest);
}

function tooMany(digest: Digest, where: string): RemoteError {
  return new RemoteError({
    code: 'referrers-too-many',
    what: `more than ${maxReferrers} things are attached to ${digest}`,
    where,
    state: 'the image and a part of what is attached were written, without a name',
    next: 'look at them with another tool; remove what is not needed',
  });
}
