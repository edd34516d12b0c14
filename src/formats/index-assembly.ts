import { type Digest, digestOf } from '../domain/digest.ts';
import { RefusedError } from '../domain/errors.ts';
import { comparePlatforms, type Platform, platformOf } from '../domain/platform.ts';
import type { RawManifest } from '../ports/content.ts';
import { canonicalDescriptor, sortedAnnotations } from './canonical-descriptor.ts';
import { attestedDigest, isAttestation, mediaTypes, type OciDescriptor, refNameAnnotation } from './oci.ts';

/** What one job has built of an image. */
export interface IndexPart {
  /** How a person would call it. */
  readonly name: string;
  /** What its index lists; of a single manifest that one, with its platform. */
  readonly members: readonly OciDescriptor[];
  /** The platforms that it was to build; whatever else it holds is not taken. */
  readonly platforms: readonly Platform[];
  /** Annotations of its index. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What builders write that is of one run or of one place, and not of the image. */
const passing: readonly string[] = [refNameAnnotation, 'org.opencontainers.image.created', 'io.containerd.image.name'];

interface Taken {
  readonly platform: Platform;
  readonly descriptor: OciDescriptor;
  readonly from: string;
}

/** Makes the one index of an image that was built in parts. Equal parts give equal bytes, in whichever order they come. */
export function assembleIndex(parts: readonly IndexPart[]): RawManifest {
  const images = new Map<string, Taken>();
  const attestations = new Map<Digest, OciDescriptor>();
  for (const part of parts) {
    const taken = takenFrom(part);
    for (const one of taken) {
      const { platform } = one.descriptor;
      const key = JSON.stringify([one.platform, platform?.['os.version'], platform?.['os.features']]);
      const other = images.get(key);
      if (other !== undefined && other.descriptor.digest !== one.descriptor.digest) throw twice(one, other);
      images.set(key, other === undefined ? one : { ...one, descriptor: first(one.descriptor, other.descriptor) });
    }
    const own = new Set(taken.map((one) => one.descriptor.digest));
    for (const member of part.members) {
      const subject = attestedDigest(member);
      if (!isAttestation(member) || subject === undefined || !own.has(subject)) continue;
      const attestation = canonical(member);
      attestations.set(member.digest, first(attestation, attestations.get(member.digest) ?? attestation));
    }
  }
  const ordered = [...images].sort(
    ([a, { platform: p }], [b, { platform: q }]) => comparePlatforms(p, q) || byText(a, b),
  );
  const about = [...attestations.values()].sort((a, b) => byText(a.digest, b.digest));
  const manifests = ordered.flatMap(([, { descriptor }]) => [
    descriptor,
    ...about.filter((attestation) => attestedDigest(attestation) === descriptor.digest),
  ]);
  if (manifests.length === 0) throw nothing();
  return rawIndex(manifests, commonAnnotations(parts));
}

/** The images of the platforms that a part was to build. */
function takenFrom({ name, members, platforms }: IndexPart): readonly Taken[] {
  const taken = members.flatMap((member) => {
    if (member.platform === undefined || isAttestation(member)) return [];
    const platform = platformOf(member.platform);
    return platforms.includes(platform) ? [{ platform, descriptor: canonical(member, platform), from: name }] : [];
  });
  const missing = platforms.filter((platform) => !taken.some((one) => one.platform === platform));
  if (missing.length > 0) throw incomplete(name, missing);
  return taken;
}

/** One spelling: `linux/arm64` is written as such, also where a builder wrote `linux/arm64/v8`. */
function canonical(descriptor: OciDescriptor, platform?: Platform): OciDescriptor {
  const { annotations = {}, platform: fields } = descriptor;
  const [os = '', architecture = '', variant] = platform?.split('/') ?? [];
  const kept = Object.entries(annotations).filter(([name]) => !passing.includes(name));
  const version = fields?.['os.version'];
  const features = fields?.['os.features'] ?? [];
  return canonicalDescriptor({
    ...descriptor,
    annotations: Object.fromEntries(kept),
    platform: {
      os: platform === undefined ? 'unknown' : os,
      architecture: platform === undefined ? 'unknown' : architecture,
      ...(variant === undefined ? {} : { variant }),
      ...(version === undefined ? {} : { 'os.version': version }),
      ...(features.length === 0 ? {} : { 'os.features': features.toSorted() }),
    },
  });
}

/** Of two descriptions of the same content always the same one. */
function first(one: OciDescriptor, other: OciDescriptor): OciDescriptor {
  return byText(JSON.stringify(one), JSON.stringify(other)) <= 0 ? one : other;
}

/** What all parts say of the whole; where they differ it was of the part. */
function commonAnnotations(parts: readonly IndexPart[]): Record<string, string> {
  const [one, ...others] = parts.map((part) => part.annotations ?? {});
  const common = Object.entries(one ?? {}).filter(
    ([name, value]) => !passing.includes(name) && others.every((other) => other[name] === value),
  );
  return sortedAnnotations(Object.fromEntries(common));
}

function rawIndex(manifests: readonly OciDescriptor[], annotations: Record<string, string>): RawManifest {
  const mediaType = mediaTypes.index;
  const more = Object.keys(annotations).length === 0 ? {} : { annotations };
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, manifests, ...more }));
  return { mediaType, digest: digestOf(bytes), bytes };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function twice(one: Taken, other: Taken): RefusedError {
  const [a, b] = [one, other]
    .sort((x, y) => byText(x.from, y.from))
    .map((each) => `${each.from} (${each.descriptor.digest})`);
  return refused(
    'platform-twice',
    `${one.platform} comes from ${a} and from ${b}`,
    'let one job alone build each platform',
  );
}

function incomplete(name: string, missing: readonly Platform[]): RefusedError {
  const next = 'look at the log of the job that was to build it, and run that job again';
  return refused('platform-missing', `${name} holds no image for ${missing.join(', ')}`, next);
}

function nothing(): RefusedError {
  return refused('platform-missing', 'no part holds an image', 'name the platforms that each part was to build');
}

function refused(code: string, what: string, next: string): RefusedError {
  return new RefusedError({ code, what, where: 'the index of the image', state: 'no index was made', next });
}
