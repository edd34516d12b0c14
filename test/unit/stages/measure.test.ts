import { describe, expect, it } from '@jest/globals';
import type { ImageSize } from '../../../src/domain/image-size.ts';
import type { ImageOutcome } from '../../../src/domain/outcome.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { buildSummary } from '../../../src/reports/build-summary.ts';
import { sizeTables } from '../../../src/reports/size-tables.ts';
import { measure } from '../../../src/stages/measure.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { type MadeImage, madeImage, madeIndex } from '../../support/made-image.ts';
import { madePlanned, madePlatformRecord, madeRecord, tagsNamed } from '../../support/made-plan.ts';

const { repository } = madePlanned('app');
const files = (count: number) => Array.from({ length: count }, (_, at) => ({ [`file-${at}`]: `${at}` }));
const layersOf = (made: MadeImage) => made.blobs.map(({ descriptor }) => descriptor).filter(isLayer);
const isLayer = ({ mediaType }: { readonly mediaType: string }) => mediaType.includes('layer');
const weight = (made: MadeImage) => layersOf(made).reduce((sum, { size }) => sum + size, 0);

/** Weighs images of so many layers beside what a registry has. */
async function weigh(
  now: readonly MadeImage[],
  registry: FakeRegistry | undefined,
): Promise<{ readonly size: ImageSize; readonly warnings: readonly string[] }> {
  const manifests = new Map(now.map(({ manifest }) => [manifest.digest, manifest]));
  const log = recordingLog();
  const size = await measure(
    { log },
    {
      key: 'app',
      repository,
      platforms: now.map(({ descriptor: { platform, digest } }) => ({
        ...madePlatformRecord(`${platform?.os}/${platform?.architecture}`),
        digest,
      })),
      store: { readManifest: async (digest) => manifests.get(digest) },
      registry: registry?.client,
      tags: tagsNamed('v1', 'main', 'latest'),
    },
  );
  return { size, warnings: log.texts('warning') };
}

const amd64 = (count: number) => madeImage({ layers: files(count) });
const arm64 = (count: number) => madeImage({ platform: 'linux/arm64', layers: files(count) });

describe('the size of an image', () => {
  it('is that of its layers on each platform, beside what the first of its tags names, and no blob is read', async () => {
    const registry = new FakeRegistry();
    const [before, now] = [
      [amd64(2), arm64(2)],
      [amd64(3), arm64(2)],
    ];
    await registry.publish(repository, madeIndex(before), 'main');
    await registry.publish(repository, amd64(9), 'latest');
    const { size, warnings } = await weigh(now, registry);
    expect(size).toMatchObject({
      since: 'main',
      problem: undefined,
      platforms: [
        { platform: 'linux/amd64', bytes: weight(amd64(3)), before: weight(amd64(2)) },
        { platform: 'linux/arm64', bytes: weight(arm64(2)), before: weight(arm64(2)) },
      ],
    });
    expect(size.platforms[0]?.layers).toHaveLength(3);
    expect(warnings).toEqual([]);
    expect(registry.lines.filter((line) => line.includes('/blobs/'))).toEqual([]);
  });

  it('is warned of at twice what it was, and not a byte below', async () => {
    const registry = new FakeRegistry();
    await registry.publish(repository, amd64(2), 'main');
    const [less, twice] = [await weigh([amd64(3)], registry), await weigh([amd64(4)], registry)];
    expect(less.warnings).toEqual([]);
    expect(twice.warnings).toEqual([expect.stringMatching(/^app weighs .* on linux\/amd64: at least twice .* main, /)]);
  });

  it('is compared with nothing where nothing was published, or nothing of this platform', async () => {
    const registry = new FakeRegistry();
    expect((await weigh([amd64(1)], registry)).size).toMatchObject({ since: undefined, problem: undefined });
    await registry.publish(repository, madeIndex([arm64(1)]), 'main');
    expect((await weigh([amd64(1)], registry)).size).toMatchObject({
      since: 'main',
      platforms: [{ before: undefined }],
    });
    expect((await weigh([amd64(1)], undefined)).size).toMatchObject({ since: undefined, problem: undefined });
  });

  it.each([{ status: 500 }, { status: 403 }, { breaks: true }])(
    'is not known to have changed, and nothing fails, where the registry does not say: %j',
    async (fault) => {
      const registry = new FakeRegistry().fault({ on: /manifests/, ...fault });
      const { size, warnings } = await weigh([amd64(4)], registry);
      expect(size).toMatchObject({ since: undefined, problem: expect.any(String), platforms: [{ before: undefined }] });
      expect(warnings).toEqual([]);
    },
  );
});

describe('the sizes in a summary', () => {
  const platform = parsePlatform('linux/amd64');
  const { digest } = madePlatformRecord();
  const outcome = (bytes: number, before?: number, more: Partial<ImageSize> = {}): ImageOutcome => {
    const platforms = [{ platform, bytes, before, layers: [{ digest, bytes }] }];
    const size = { since: 'main', problem: undefined, platforms, ...more };
    const record = madeRecord();
    return { kind: 'proven', key: 'app', record, recordDigest: digest, cached: 0, executed: 1, size };
  };
  const lines = (...args: Parameters<typeof outcome>) =>
    sizeTables([outcome(...args)])
      .join('\n')
      .split('\n');

  it.each<[number, number | undefined, string]>([
    [1500, 1000, '| `app` | linux/amd64 | 1.5 KB | main, 1.0 KB | +500 B, +50 % |'],
    [500, 1000, '| `app` | linux/amd64 | 500 B | main, 1.0 KB | −500 B, −50 % |'],
    [1000, 1000, '| `app` | linux/amd64 | 1.0 KB | main, 1.0 KB | none |'],
    [1000, undefined, '| `app` | linux/amd64 | 1.0 KB | main, without this platform |  |'],
    [1000, 0, '| `app` | linux/amd64 | 1.0 KB | main, 0 B | +1.0 KB |'],
  ])('stand beside what was published last: %d and %p', (bytes, before, row) => {
    expect(lines(bytes, before)).toContain(row);
  });

  it('say why there is nothing beside them', () => {
    expect(lines(1, undefined, { since: undefined })).toContain('| `app` | linux/amd64 | 1 B | nothing |  |');
    const problem = 'the registry </td> said no';
    expect(lines(1, undefined, { since: undefined, problem })).toContain(
      '| `app` | linux/amd64 | 1 B | not known: the registry did not say |  |',
    );
  });

  it('warn at twice the last size, and list the layers', () => {
    const text = buildSummary([outcome(2000, 1000)], 12_300_000);
    expect(text).toContain('**Warning:** `app` weighs at least twice what `main` does on linux/amd64');
    expect(text).toMatch(/\| `app` \| linux\/amd64 \| `[0-9a-f]{12}` \| 2.0 KB \|/);
    expect(text).toContain('At its peak this job had 12.3 MB of its own on the disk.');
    expect(buildSummary([outcome(1999, 1000)])).not.toContain('Warning');
  });
});
