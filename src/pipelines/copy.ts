import type { Digest } from '../domain/digest.ts';
import { ConfigError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';
import { copyContent } from '../store/copy.ts';
import { copyReferrers } from '../store/copy-referrers.ts';
import { chooseImage } from './places/choice.ts';
import { whyMissing } from './places/missing.ts';
import { type Place, readPlace } from './places/place.ts';
import { openSource } from './places/source.ts';
import { openTarget } from './places/target.ts';

/** What to copy, from where to where, in the words of a person. */
export interface CopyInputs {
  readonly from: string;
  readonly to: string;
  /** Which image, where the place has several: a name, a tag or a digest. */
  readonly image?: string | undefined;
}

/** What a copy did. */
export interface CopiedImage {
  readonly digest: Digest;
  readonly to: string;
  readonly manifests: number;
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs that were in the place already. */
  readonly present: number;
  /** What is attached to the image and was taken along. */
  readonly referrers: number;
}

/** Copies an image from one place to another without changing a byte of it, with all that is attached to it. */
export async function copyImage(ports: Ports, inputs: CopyInputs): Promise<CopiedImage> {
  const from = await readPlace(ports.files, inputs.from);
  const to = await readPlace(ports.files, inputs.to);
  requireForm(to, inputs.to);
  await using source = await openSource(ports, from);
  const image = await chooseImage(source, inputs.image);
  const { digest } = image.descriptor;
  requireDigest(to, digest);
  const target = await openTarget(ports, to, source);
  const result = await copyContent(source.content, target.content, { digest }, { verify: true }).catch(
    async (error: unknown) => {
      throw await whyMissing(source.content, digest, error);
    },
  );
  const { attach } = target;
  const referrers = attach === undefined ? 0 : await copyReferrers(source, target.content, { digest }, attach);
  await target.finish(image);
  return { digest, to: target.name, ...result, bytes: target.bytes?.() ?? result.bytes, referrers };
}

/** A file that is there says what form it has; one that is to be written must be told. */
function requireForm(to: Place, text: string): void {
  if (to.kind !== 'archive' || /^(oci|docker)-archive:/.test(text)) return;
  throw new ConfigError({
    code: 'place-invalid',
    what: `${JSON.stringify(text)} is a file, and nothing says in which form to write it`,
    where: 'the argument',
    state: 'nothing was copied',
    next: `write oci-archive:${text} or docker-archive:${text}; the file is then replaced`,
  });
}

function requireDigest(to: Place, digest: Digest): void {
  if (to.kind !== 'registry' || to.ref.digest === undefined || to.ref.digest === digest) return;
  throw new ConfigError({
    code: 'copy-other-digest',
    what: `the image is ${digest}, and the copy is to be ${to.ref.digest}`,
    where: to.ref.repository,
    state: 'nothing was copied',
    next: 'name the target by a tag, or choose the image with that digest',
  });
}
