import { readRecords } from '../clients/records.ts';
import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import { RemoteError } from '../domain/errors.ts';
import { judge, type Observed } from '../domain/gate.ts';
import { type ImageSet, type SetImage, setIdentity } from '../domain/image-set.ts';
import type { Plan } from '../domain/plan.ts';
import type { Verdict } from '../domain/verdict.ts';
import { readImage } from '../store/image-content.ts';

/** Looks at every image of a set where it is to be released from, and judges the set. */
export async function gate(
  ports: { readonly registry: RegistryClient },
  inputs: { readonly plan: Plan; readonly set: ImageSet },
): Promise<Verdict> {
  const { plan, set } = inputs;
  const observed = await Promise.all(
    set.images.map(async (image) => [image.key, await observe(ports, image)] as const),
  );
  return judge(plan, set, setIdentity(set), new Map(observed));
}

async function observe(ports: { readonly registry: RegistryClient }, image: SetImage): Promise<Observed> {
  const { registry } = ports;
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
    const tested = new Map(found.record.platforms.map(({ platform, digest }) => [platform, digest]));
    const other = content.platforms.find(({ platform, digest }) => tested.get(platform) !== digest);
    if (other !== undefined) {
      return { kind: 'damaged', why: `for ${other.platform} it holds ${other.digest}, and that was not tested` };
    }
    const absent = found.record.platforms.find(({ digest }) => !content.platforms.some((one) => one.digest === digest));
    if (absent !== undefined)
      return { kind: 'damaged', why: `it lacks ${absent.platform}, which its record speaks of` };
    for (const { layers } of content.platforms) {
      for (const layer of layers) {
        if (!(await source.hasBlob(layer))) return { kind: 'damaged', why: `its layer ${layer.digest} is not there` };
      }
    }
  } catch (error) {
    if (!(error instanceof RemoteError) || !damages.has(error.code)) throw error;
    return { kind: 'damaged', why: error.what };
  }
  return { kind: 'whole', record: found.record, recordDigest: found.digest };
}

/** What says something about the content, and not about the way to it. */
const damages = new Set(['content-damaged', 'content-missing', 'manifest-invalid', 'config-invalid', 'not-an-image']);
