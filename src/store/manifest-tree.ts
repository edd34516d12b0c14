import type { Digest } from '../domain/digest.ts';
import { RemoteError } from '../domain/errors.ts';
import { maxDocumentBytes } from '../formats/json.ts';
import { type ReadManifest, readManifest } from '../formats/manifest.ts';
import { isAttestation, type OciDescriptor, type OciManifest } from '../formats/oci.ts';
import type { ContentSource, RawManifest } from '../ports/content.ts';
import { referencesOf } from './references.ts';

/** Indexes within indexes, the outermost counted. */
export const maxIndexDepth = 3;

/** Gets the members of an index whose content is not in the place; without it, one such member is an error. */
export type PassOver = (member: OciDescriptor) => void;

/** A manifest that is no index, and how an index lists it. */
export interface Leaf {
  readonly raw: RawManifest;
  readonly manifest: OciManifest;
  readonly member: OciDescriptor | undefined;
}

/** What is below a digest, indexes within indexes opened; what is listed twice is here once. */
export interface ManifestTree {
  readonly root: RawManifest;
  readonly annotations: Readonly<Record<string, string>>;
  readonly leaves: readonly Leaf[];
  /** Attestations as they are listed; they are not read. */
  readonly attestations: readonly OciDescriptor[];
}

/** Reads a manifest, or an index with the manifests that it lists. Layers that an index lists (a build cache) are passed over. */
export async function readTree(source: ContentSource, digest: Digest, passOver?: PassOver): Promise<ManifestTree> {
  const root = await requireManifest(source, { digest }, 'the image was not used');
  const leaves = new Map<string, Leaf>();
  const attestations = new Map<Digest, OciDescriptor>();
  const open = async (raw: RawManifest, member: OciDescriptor | undefined, depth: number): Promise<ReadManifest> => {
    const read = readManifest(raw);
    const { manifests } = referencesOf(read, raw.digest);
    if (read.kind === 'manifest') {
      leaves.set(JSON.stringify([raw.digest, member?.platform]), { raw, manifest: read.manifest, member });
      return read;
    }
    if (depth > maxIndexDepth) throw tooDeep(digest, source);
    const listed = new Map(manifests.map((one) => [JSON.stringify([one.digest, one.platform]), one]));
    for (const one of listed.values()) {
      if (isAttestation(one)) attestations.set(one.digest, one);
      else if (passOver !== undefined && (await source.readManifest(one.digest)) === undefined) passOver(one);
      else await open(await requireManifest(source, one, 'the image was not used'), one, depth + 1);
    }
    return read;
  };
  const read = await open(root, undefined, 1);
  const annotations = read.kind === 'index' ? (read.index.annotations ?? {}) : {};
  return { root, annotations, leaves: [...leaves.values()], attestations: [...attestations.values()] };
}

/** A manifest that must be there, no larger than any may be and as long as its index says. `state` says in errors what was not done. */
export async function requireManifest(
  source: ContentSource,
  { digest, size }: { readonly digest: Digest; readonly size?: number | undefined },
  state: string,
): Promise<RawManifest> {
  const raw = await source.readManifest(digest);
  if (raw === undefined) throw failure('content-missing', `${digest} is not there`, source, state);
  const { length } = raw.bytes;
  if (length > maxDocumentBytes) {
    throw failure('manifest-too-large', `${digest} has ${length} bytes, more than ${maxDocumentBytes}`, source, state);
  }
  if (size === undefined || size === length) return raw;
  throw failure('content-damaged', `${digest} has ${length} bytes and its index says ${size}`, source, state);
}

/** The error for more levels of indexes than we read. */
export function tooDeep(digest: Digest, source: ContentSource, state = 'the image was not used'): RemoteError {
  const what = `${digest} holds indexes within indexes, more than ${maxIndexDepth} levels`;
  return failure('index-too-deep', what, source, state);
}

function failure(code: string, what: string, source: ContentSource, state: string): RemoteError {
  const next = 'check the digest; if it is right, build the image again';
  return new RemoteError({ code, what, where: source.name, state, next });
}
