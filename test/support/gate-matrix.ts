import { attachRecord } from '../../src/clients/records.ts';
import type { RegistryClient } from '../../src/clients/registry/client.ts';
import { repositoryContent } from '../../src/clients/registry/repository-content.ts';
import type { GateMode } from '../../src/domain/gate-mode.ts';
import type { Repository } from '../../src/domain/image-ref.ts';
import { setOf } from '../../src/domain/image-set.ts';
import type { CacheUse, ImageRecord } from '../../src/domain/record.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { recordBytes } from '../../src/formats/record-artifact.ts';
import type { ContentSource } from '../../src/ports/content.ts';
import { platformRecord } from '../../src/stages/build.ts';
import { type GateWay, gate } from '../../src/stages/gate.ts';
import { readImage } from '../../src/store/image-content.ts';
import { type MadeImage, writeMade } from './made-image.ts';
import { madePlan, madePlanned, madeRecord } from './made-plan.ts';
import { type DrawnImage, honest, type ImageForm } from './tampering.ts';

/** What the table "Tampering or drift" says of a mode: the gate stops it, or lets it through. */
export type Outcome = 'caught' | 'missed';

/** One row of the table. */
export interface MatrixRow {
  readonly tampering: string;
  /** What somebody made of the honest image. */
  readonly change: (image: DrawnImage) => DrawnImage;
  readonly outcome: Readonly<Record<GateMode, Outcome>>;
  /** The forms in which there is such a thing; without it, all. */
  readonly forms?: readonly ImageForm[];
}

const caught = 'caught';
const missed = 'missed';
const everywhere = { layers: caught, rebuild: caught, promote: caught, archive: caught } as const;
const notByLayers = { layers: missed, rebuild: caught, promote: caught, archive: caught } as const;
const byBytesAlone = { layers: missed, rebuild: missed, promote: caught, archive: caught } as const;

/** A row about one key of the config. */
function config(tampering: string, key: string, value: unknown): MatrixRow {
  return {
    tampering,
    change: (image) => ({ ...image, config: { ...image.config, [key]: value } }),
    outcome: notByLayers,
  };
}

const added = { entries: [{ name: 'etc/passwd', content: 'root' }], createdBy: 'COPY passwd /etc/ # buildkit' };

/** The table of what an image can be tampered with, row by row. */
export const matrix: readonly MatrixRow[] = [
  {
    tampering: 'layer bytes',
    change: (image) => ({
      ...image,
      layers: image.layers.map((layer, at) =>
        at === 1 ? { ...layer, entries: [{ name: 'app/main', content: 'evil' }] } : layer,
      ),
    }),
    outcome: everywhere,
  },
  {
    tampering: 'layer order',
    change: (image) => ({ ...image, layers: image.layers.toReversed() }),
    outcome: everywhere,
  },
  {
    tampering: 'an added layer',
    change: (image) => ({ ...image, layers: [...image.layers, added] }),
    outcome: everywhere,
  },
  {
    tampering: 'a dropped layer',
    change: (image) => ({ ...image, layers: image.layers.slice(0, -1) }),
    outcome: everywhere,
  },
  config('ENTRYPOINT', 'Entrypoint', ['/app/other']),
  config('CMD', 'Cmd', ['evil']),
  config('ENV', 'Env', ['PATH=/bin', 'LD_PRELOAD=/tmp/x.so']),
  config('USER', 'User', 'root'),
  config('WORKDIR', 'WorkingDir', '/tmp'),
  config('HEALTHCHECK', 'Healthcheck', { Test: ['CMD', 'true'] }),
  config('VOLUME', 'Volumes', { '/data': {} }),
  config('EXPOSE', 'ExposedPorts', { '22/tcp': {} }),
  config('ONBUILD', 'OnBuild', ['RUN evil']),
  config('LABEL', 'Labels', { team: 'red' }),
  {
    tampering: 'a platform swapped',
    change: (image) => ({ ...image, isSwapped: true }),
    outcome: notByLayers,
    forms: ['index'],
  },
  {
    tampering: 'a platform of another name',
    change: (image) => ({ ...image, architecture: 's390x' }),
    outcome: notByLayers,
    forms: ['docker', 'oci'],
  },
  {
    tampering: 'history only',
    change: (image) => ({ ...image, quietHistory: ['CMD ["something else"]'] }),
    outcome: byBytesAlone,
  },
  {
    tampering: 'created only',
    change: (image) => ({ ...image, created: '2026-02-02T00:00:00Z' }),
    outcome: byBytesAlone,
  },
  {
    tampering: 'compression',
    change: (image) => ({ ...image, layers: image.layers.map((layer) => ({ ...layer, packing: 'none' as const })) }),
    outcome: byBytesAlone,
  },
  {
    tampering: 'media type',
    change: (image) => ({ ...image, layers: image.layers.map((layer) => ({ ...layer, packing: 'zstd' as const })) }),
    outcome: byBytesAlone,
  },
  {
    tampering: 'annotations',
    change: (image) => ({ ...image, annotations: { 'org.opencontainers.image.title': 'other' } }),
    outcome: byBytesAlone,
    forms: ['oci', 'index'],
  },
  {
    tampering: 'annotations that Docker does not know',
    change: (image) => ({ ...image, annotations: { note: 'other' } }),
    outcome: byBytesAlone,
    forms: ['docker'],
  },
  {
    tampering: 'attestations',
    change: (image) => ({ ...image, attestation: 'built by somebody' }),
    outcome: byBytesAlone,
    forms: ['index'],
  },
];

/** The honest image with what a row does to it. */
export function tampered({ change }: MatrixRow): DrawnImage {
  return change(honest);
}

/** A registry, and stores beside it, in which the rows are played. */
export interface MatrixWorld {
  readonly client: RegistryClient;
  /** A repository for one play, or for all plays of one image. */
  fresh(): Repository;
  /** What was published by earlier plays; each is written once. */
  readonly known?: Set<string>;
  /** A store on the disk of the test. */
  store(made: MadeImage): Promise<ContentSource>;
}

/** Which image was tested, which one stands where the mode looks, and which one a second build makes. */
export interface Played {
  readonly tested: MadeImage;
  readonly staged?: MadeImage;
  readonly kept?: MadeImage;
  readonly rebuilt?: MadeImage;
  /** What the second build did with the cache. */
  readonly cache?: CacheUse;
}

const readCache: CacheUse = { cached: 3, executed: 0, caches: [{ kind: 'read', place: 'cache', problem: null }] };

/** Asks the gate in one of its modes, as a pipeline does. */
export async function play(world: MatrixWorld, mode: GateMode, played: Played): Promise<Verdict> {
  const { tested, staged = tested, kept = tested, rebuilt = tested, cache = readCache } = played;
  const repository = world.fresh();
  const content = repositoryContent(world.client, repository);
  const record = await recordFor(world, tested, repository);
  for (const made of [tested, staged]) {
    if (world.known?.has(made.manifest.digest) === true) continue;
    world.known?.add(made.manifest.digest);
    await writeMade(content, made);
    // Whoever swaps an image brings what speaks for the other one along.
    await attachRecord(world.client, repository, record, [made.descriptor]);
  }
  const recordDigest = recordBytes(record).digest;
  const image = madePlanned('app', { repository, platforms: record.platforms.map(({ platform }) => platform) });
  const plan = madePlan({ images: [image] });
  const named = mode === 'archive' ? kept : staged;
  const set = setOf(plan, [{ key: 'app', digest: named.manifest.digest, record: recordDigest }]);
  return gate(
    { registry: world.client },
    { plan, set, way: await wayOf(world, mode, { record, kept, rebuilt, cache }) },
  );
}

async function wayOf(
  world: MatrixWorld,
  mode: GateMode,
  its: {
    readonly record: ImageRecord;
    readonly kept: MadeImage;
    readonly rebuilt: MadeImage;
    readonly cache: CacheUse;
  },
): Promise<GateWay> {
  const { record, kept, rebuilt, cache } = its;
  if (mode === 'promote') return { mode };
  if (mode === 'archive') {
    const store = await world.store(kept);
    return { mode, records: [record], findStore: async () => store };
  }
  const source = await world.store(rebuilt);
  const platforms = (await readImage(source, rebuilt.manifest.digest)).platforms.map(platformRecord);
  const { mediaType, digest } = rebuilt.manifest;
  const fragment = { digest, mediaType, platforms, bases: [], builder: record.builder, cache, durationMs: 1 };
  return { mode, rebuilds: [{ record, outcome: { kind: 'built', fragment, source } }] };
}

/** The record of an image whose test passed. */
async function recordFor(world: MatrixWorld, made: MadeImage, repository: Repository): Promise<ImageRecord> {
  const { digest, mediaType } = made.manifest;
  const platforms = (await readImage(await world.store(made), digest)).platforms.map(platformRecord);
  return madeRecord('app', { repository, digest, mediaType, platforms });
}
