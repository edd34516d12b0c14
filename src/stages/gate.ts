import { readRecords } from '../clients/records.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { Digest } from '../domain/digest.ts';
import { absence, judge, type Observed } from '../domain/gate.ts';
import type { Repository } from '../domain/image-ref.ts';
import { type ImageSet, setIdentity } from '../domain/image-set.ts';
import type { Plan } from '../domain/plan.ts';
import type { ImageRecord } from '../domain/record.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { PartRecord, SplitImage } from '../domain/whole-image.ts';
import { isContentFault } from '../store/content-fault.ts';
import { type ImageContent, readImage } from '../store/image-content.ts';

/** Looks at every image of a set where it is to be released from, at one in parts part by part, and judges the set. */
export async function gate(
  ports: { readonly registry: RegistryClient },
  inputs: { readonly plan: Plan; readonly set: ImageSet; readonly split?: readonly SplitImage[] },
): Promise<Verdict> {
  const { plan, set, split = [] } = inputs;
  const isSplit = new Set(split.map(({ key }) => key));
  const observed = await Promise.all([
    ...set.images
      .filter(({ key }) => !isSplit.has(key))
      .map(async (image) => [image.key, await observe(ports.registry, image)] as const),
    ...split.map(async (image) => [image.key, await observeParts(ports.registry, image)] as const),
  ]);
  return judge(plan, set, setIdentity(set), new Map(observed));
}

async function observe(
  registry: RegistryClient,
  image: { readonly repository: Repository; readonly digest: Digest; readonly record: Digest },
): Promise<Observed> {
  const source = repositoryContent(registry, image.repository);
  if (!(await source.hasManifest(image.digest))) return { kind: 'absent' };
  const { records, unreadable } = await readRecords(registry, image.repository, image.digest);
  const found = records.find(({ digest }) => digest === image.record);
  if (found === undefined) {
    const others = [...records.map(({ digest }) => `there is ${digest}`), ...unreadable].join('; ') || 'there is none';
    return { kind: 'unproven', why: `its record ${image.record} is not beside it: ${others}` };
  }
  try {
    const content = await readImage(source, image.digest);
    const untested = untestedIn(content, found.record);
    if (untested !== undefined) return { kind: 'damaged', why: untested };
    for (const { layers } of content.platforms) {
      for (const layer of layers) {
        if (!(await source.hasBlob(layer))) return { kind: 'damaged', why: `its layer ${layer.digest} is not there` };
      }
    }
  } catch (error) {
    if (!isContentFault(error)) throw error;
    return { kind: 'damaged', why: error.what };
  }
  return { kind: 'whole', record: found.record, recordDigest: found.digest };
}

/** What an image holds that its record does not speak of, or the other way round. */
function untestedIn(content: ImageContent, record: ImageRecord): string | undefined {
  const tested = new Map(record.platforms.map(({ platform, digest }) => [platform, digest]));
  const other = content.platforms.find(({ platform, digest }) => tested.get(platform) !== digest);
  if (other !== undefined) return `for ${other.platform} it holds ${other.digest}, and that was not tested`;
  const absent = record.platforms.find(({ digest }) => !content.platforms.some((one) => one.digest === digest));
  return absent === undefined ? undefined : `it lacks ${absent.platform}, which its record speaks of`;
}

/** The index of an image in parts is made of what was seen of each: it need not be anywhere yet. */
async function observeParts(registry: RegistryClient, { repository, parts, whole }: SplitImage): Promise<Observed> {
  const seen = await Promise.all(
    parts.map(async (part) => {
      const { digest } = part.record;
      const observed = await observe(registry, { repository, digest, record: part.recordDigest });
      return observed.kind === 'whole' ? undefined : { kind: observed.kind, why: whyNot(part, repository, observed) };
    }),
  );
  const bad = seen.flatMap((one) => one ?? []);
  const why = bad.map((one) => one.why).join('; ');
  if (bad.some(({ kind }) => kind === 'damaged')) return { kind: 'damaged', why };
  if (bad.length > 0) return { kind: 'unproven', why };
  return whole.kind === 'faulty'
    ? { kind: 'damaged', why: whole.why }
    : { kind: 'whole', record: whole.record, recordDigest: whole.recordDigest };
}

function whyNot(part: PartRecord, repository: Repository, observed: Exclude<Observed, { kind: 'whole' }>): string {
  const { digest, platforms } = part.record;
  const why = observed.kind === 'absent' ? absence({ digest, repository }) : observed.why;
  return `the part for ${platforms.map(({ platform }) => platform).join(', ')}: ${why}`;
}
