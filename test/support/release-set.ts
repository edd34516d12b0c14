import type { RegistryClient } from '../../src/clients/registry/client.ts';
import { repositoryContent } from '../../src/clients/registry/repository-content.ts';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import type { Repository } from '../../src/domain/image-ref.ts';
import { parseRepository } from '../../src/domain/image-ref.ts';
import { type ImageSet, setOf } from '../../src/domain/image-set.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { ReleaseJournal } from '../../src/domain/release-journal.ts';
import { type MadeImage, madeImage, madeIndex, writeMade } from './made-image.ts';
import { madeEvent, madePlan, madePlanned, madePrefix, tagsNamed } from './made-plan.ts';

/** A release of a version: so many images, with the tags that a version leads to. */
export interface MadeRelease {
  readonly plan: Plan;
  readonly set: ImageSet;
  readonly images: readonly { readonly repository: Repository; readonly made: MadeImage }[];
  /** Every tag with what it must name at the end: `image0:latest`. */
  readonly wanted: Readonly<Record<string, Digest>>;
}

/** Makes a release; its images say their version, as ours do. */
export function madeRelease(
  version: string,
  options: {
    readonly count?: number;
    readonly prefix?: string;
    readonly floating?: readonly string[];
    /** A second registry that it is released to as well. */
    readonly further?: string | undefined;
    /** The last image is there for two platforms, with attestations. */
    readonly endsInIndex?: boolean;
  } = {},
): MadeRelease {
  const { count = 2, prefix = madePrefix, further, endsInIndex = false } = options;
  const [major = '', minor = ''] = version.split('.');
  const { floating = [`${major}.${minor}`, major, 'latest'] } = options;
  const tags = { immutable: tagsNamed(version), floating: tagsNamed(...floating) };
  const rights = { ...madePlan().rights, branchTag: false, versionTag: true, floating: true };
  const images = Array.from({ length: count }, (_, place) => {
    const repository = parseRepository(`${prefix}/image${place}`, 'test');
    const config = { Labels: { 'org.opencontainers.image.version': version } };
    const layers = [{ v: `${version} of ${place}` }];
    const made = madeImage({ layers, config });
    const isIndex = endsInIndex && place === count - 1;
    const arm64 = madeImage({ layers, config, platform: 'linux/arm64' });
    return {
      key: `image${place}`,
      repository,
      made: isIndex ? madeIndex([made, arm64], { attestation: true }) : made,
    };
  });
  const planned = images.map(({ key, repository }) => {
    const also = further === undefined ? {} : { alsoIn: [parseRepository(`${further}/${key}`, 'test')] };
    return madePlanned(key, { repository, tags, ...also });
  });
  const event = madeEvent({ ref: `refs/tags/${version}` });
  const plan = madePlan({ version, event, rights, images: planned });
  const set = setOf(
    plan,
    images.map(({ key, made }) => ({ key, digest: made.manifest.digest, record: digestOf(key) })),
  );
  const all = [...tags.immutable, ...tags.floating];
  const wanted = Object.fromEntries(
    images.flatMap(({ key, made }) => all.map((tag) => [`${key}:${tag}`, made.manifest.digest])),
  );
  return { plan, set, images, wanted };
}

/** Puts the images of a release where it will find them, without any tag. */
export async function stageRelease(client: RegistryClient, { images }: MadeRelease): Promise<void> {
  await Promise.all(images.map(({ repository, made }) => writeMade(repositoryContent(client, repository), made)));
}

/** What every tag of a release names now. */
export async function namedBy(
  client: RegistryClient,
  { images, plan }: MadeRelease,
): Promise<Readonly<Record<string, Digest | undefined>>> {
  const tags = [...(plan.images[0]?.tags.immutable ?? []), ...(plan.images[0]?.tags.floating ?? [])];
  const pairs = await Promise.all(
    images.flatMap(({ repository }, place) =>
      tags.map(async (tag) => [`image${place}:${tag}`, (await client.resolve(repository, tag))?.digest] as const),
    ),
  );
  return Object.fromEntries(pairs);
}

/** Keeps the last journal, as text, as it would lie on a disk. */
export function journalBox(): {
  readonly keep: (journal: ReleaseJournal) => Promise<void>;
  readonly read: () => unknown;
} {
  let text: string | undefined;
  return {
    keep: async (journal) => {
      text = JSON.stringify(journal);
    },
    read: () => (text === undefined ? undefined : JSON.parse(text)),
  };
}
