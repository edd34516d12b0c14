import type { FoundRecord } from '../../clients/records.ts';
import type { Digest } from '../../domain/digest.ts';
import { absence, type Observed } from '../../domain/gate.ts';
import type { Repository } from '../../domain/image-ref.ts';
import type { ImageRecord } from '../../domain/record.ts';
import { homeOf } from '../../domain/staging.ts';
import type { PartRecord, SplitImage } from '../../domain/whole-image.ts';
import type { OciDescriptor } from '../../formats/oci.ts';
import type { ContentSource } from '../../ports/content.ts';
import { isContentFault } from '../../store/content-fault.ts';
import { type ImageContent, readImage } from '../../store/image-content.ts';

/** A place where an image is looked at before it is released. */
export interface View {
  readonly source: ContentSource;
  has(digest: Digest): Promise<boolean>;
  /** The records that speak for a digest, and why others there cannot be read. */
  records(
    digest: Digest,
  ): Promise<{ readonly records: readonly FoundRecord[]; readonly unreadable: readonly string[] }>;
  /** What is wrong with a layer there. */
  layerFault(layer: OciDescriptor): Promise<string | undefined>;
}

/** An image, or a part of one, as the set names it. */
export interface Wanted {
  readonly key: string;
  readonly repository: Repository;
  /** Where it lies until it is released, if that is another repository. */
  readonly stagedIn?: Repository | undefined;
  readonly digest: Digest;
  readonly record: Digest;
}

/** Finds the place of an image; a text says why there is none. */
export type FindView = (image: Wanted) => Promise<View | string>;

/** Looks at one image: is it there, does its record speak for it, and is it whole? */
export async function observe(find: FindView, image: Wanted): Promise<Observed> {
  const view = await find(image);
  if (typeof view === 'string') return { kind: 'unproven', why: view };
  const { source } = view;
  if (!(await view.has(image.digest))) return { kind: 'absent' };
  const { records, unreadable } = await view.records(image.digest);
  const found = records.find(({ digest }) => digest === image.record);
  if (found === undefined) {
    const others = [...records.map(({ digest }) => `there is ${digest}`), ...unreadable].join('; ') || 'there is none';
    return { kind: 'unproven', why: `its record ${image.record} is not beside it: ${others}` };
  }
  try {
    const content = await readImage(source, image.digest);
    const untested = untestedIn(content, found.record);
    if (untested !== undefined) return { kind: 'damaged', ...untested };
    for (const { layers } of content.platforms) {
      for (const layer of layers) {
        const fault = await view.layerFault(layer);
        if (fault !== undefined) return { kind: 'damaged', why: `its layer ${layer.digest} ${fault}` };
      }
    }
  } catch (error) {
    if (!isContentFault(error)) throw error;
    return { kind: 'damaged', why: error.what };
  }
  return { kind: 'whole', record: found.record, recordDigest: found.digest };
}

/** What an image holds that its record does not speak of, or the other way round. */
function untestedIn(content: ImageContent, record: ImageRecord): Omit<Damage, 'kind'> | undefined {
  const tested = new Map(record.platforms.map(({ platform, digest }) => [platform, digest]));
  const other = content.platforms.find(({ platform, digest }) => tested.get(platform) !== digest);
  if (other !== undefined) {
    const instead = tested.get(other.platform);
    const why = `for ${other.platform} it holds ${other.digest}, and that was not tested`;
    return { why, ...(instead === undefined ? {} : { swapped: { tested: instead, found: other.digest } }) };
  }
  const absent = record.platforms.find(({ digest }) => !content.platforms.some((one) => one.digest === digest));
  return absent && { why: `it lacks ${absent.platform}, which its record speaks of` };
}

type Damage = Extract<Observed, { kind: 'damaged' }>;

/** The index of an image in parts is made of what was seen of each: it need not be anywhere yet. */
export async function observeParts(find: FindView, split: SplitImage): Promise<Observed> {
  const { key, repository, stagedIn, parts, whole } = split;
  const seen = await Promise.all(
    parts.map(async (part) => {
      const { digest } = part.record;
      const observed = await observe(find, { key, repository, stagedIn, digest, record: part.recordDigest });
      return observed.kind === 'whole' ? undefined : { observed, why: whyNot(part, homeOf(split), observed) };
    }),
  );
  const bad = seen.flatMap((one) => one ?? []);
  const why = bad.map((one) => one.why).join('; ');
  const damage = bad.flatMap(({ observed }) => (observed.kind === 'damaged' ? [observed] : []))[0];
  if (damage !== undefined) return { ...damage, why };
  if (bad.length > 0) return { kind: 'unproven', why };
  return whole.kind === 'faulty'
    ? { kind: 'damaged', why: whole.why }
    : { kind: 'whole', record: whole.record, recordDigest: whole.recordDigest };
}

function whyNot(part: PartRecord, repository: string, observed: Exclude<Observed, { kind: 'whole' }>): string {
  const { digest, platforms } = part.record;
  const why = observed.kind === 'absent' ? absence({ digest, repository }) : observed.why;
  return `the part for ${platforms.map(({ platform }) => platform).join(', ')}: ${why}`;
}
