import fc from 'fast-check';
import { digestOf, hexOf } from '../../../src/domain/digest.ts';
import { SlipwayError } from '../../../src/domain/errors.ts';
import { mediaTypes, OciIndex } from '../../../src/formats/oci.ts';
import { readImage } from '../../../src/store/image-content.ts';
import { openStore } from '../../../src/store/store.ts';
import { fakeClock } from '../fake-clock.ts';
import { createMemoryFiles } from '../memory-files.ts';
import { must, mustEqual, type Target } from './target.ts';
import { textInputs } from './text-inputs.ts';

const end = '\u001d';
const of = (mediaType: string, place: number): string =>
  `{"mediaType":"${mediaType}","digest":"@${place}","size":#${place}`;
const layoutFile = '{"imageLayoutVersion":"1.0.0"}';
const index = (type: string, place: number, more = ''): string =>
  `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[${of(type, place)}${more}}]}`;
const manifest = (place: number): string =>
  `{"schemaVersion":2,"mediaType":"${mediaTypes.manifest}","config":${of(mediaTypes.config, place)}},"layers":[]}`;
const config = `{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["${digestOf('x')}"]}}`;
const named =
  ',"annotations":{"org.opencontainers.image.ref.name":"1.0"},"platform":{"os":"linux","architecture":"arm64"}';
const plain = [layoutFile, index(mediaTypes.manifest, 0), manifest(1), config];
const nested = [
  layoutFile,
  index(mediaTypes.index, 0, named),
  index(mediaTypes.manifest, 1, named),
  manifest(2),
  config,
];
const parts = [
  ...plain,
  ...nested,
  '',
  '{}',
  '[]',
  manifest(0),
  index(mediaTypes.index, 0),
  index(mediaTypes.index, 1),
  '{"layers":[],"config":{}}',
];

/** Layouts on disk: the file of that name, the list, then blobs. `@2` stands for the digest of the third blob, `#2` for its size. */
export const layouts: Target = {
  name: 'image-layout',
  inputs: textInputs({
    nearValid: fc
      .array(fc.constantFrom(...parts), { maxLength: 4 })
      .map((blobs) => [layoutFile, index(mediaTypes.manifest, 0), ...blobs].join(end)),
    seeds: [plain.join(end), nested.join(end)],
    words: [
      ...parts,
      end,
      '"@0"',
      '"@1"',
      '#0',
      '#1',
      '"platform":',
      '"unknown"',
      '"size":',
      '"annotations":{',
      '"config":',
      mediaTypes.index,
    ],
    mostCharacters: 8 * 1024,
  }),
  async check(text) {
    const [layout = '', list = '', ...blobs] = filledIn(text.split(end, 12));
    const files = createMemoryFiles({
      '/s/oci-layout': layout,
      '/s/index.json': list,
      ...Object.fromEntries(blobs.map((blob) => [`/s/blobs/sha256/${hexOf(digestOf(blob))}`, blob])),
    });
    await expected(async () => {
      const ports = {
        files,
        clock: fakeClock(),
        random: { hex: () => '0' },
        processes: { self: async () => 'us', isAlive: async () => true },
      };
      const store = await openStore(ports, '/s');
      const entries = await store.entries();
      mustEqual(
        OciIndex.shape.manifests.parse(JSON.parse(JSON.stringify(entries))),
        entries,
        'printed entries are read as the same',
      );
      for (const { digest } of entries.slice(0, 8)) {
        const image = await expected(() => readImage(store, digest));
        must(image === undefined || (image.digest === digest && image.platforms.length > 0), 'an image has a platform');
      }
    });
  },
};

/** Blobs may name those after them alone, so that a digest is known when it is needed. */
function filledIn(parts: readonly string[]): readonly string[] {
  const done: string[] = [];
  for (const part of parts.toReversed()) {
    const blobs = done.toReversed();
    const from = parts.length - done.length - 2;
    done.push(
      part.replace(/([@#])(\d)/g, (sign, kind: string, place: string) => {
        const blob = blobs[Number(place) - Math.max(0, from)];
        if (blob === undefined) return sign;
        return kind === '@' ? digestOf(blob) : String(Buffer.byteLength(blob));
      }),
    );
  }
  return done.toReversed();
}

async function expected<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}
