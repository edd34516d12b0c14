import fc from 'fast-check';
import { digestOf, isDigest } from '../../../src/domain/digest.ts';
import { fingerprintOf, layersHash } from '../../../src/domain/fingerprint.ts';
import { readJson } from '../../../src/formats/json.ts';
import { declaredMediaType, readManifest } from '../../../src/formats/manifest.ts';
import { acceptedManifests, mediaTypes, OciConfig, type OciDescriptor } from '../../../src/formats/oci.ts';
import { referencesOf } from '../../../src/store/references.ts';
import { bytesOfInput, must, mustEqual, resultOf, type Target } from './target.ts';
import { textInputs } from './text-inputs.ts';

const digest = digestOf('x');
const odd = fc.constantFrom<unknown>(null, 0, -1, 1.5, '', 'x', [], {}, true, digest, 2 ** 53);
const mediaType = fc.constantFrom(
  ...acceptedManifests,
  mediaTypes.config,
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  '',
);
const platform = fc.record({
  os: fc.constantFrom('linux', 'unknown', ''),
  architecture: fc.constantFrom('amd64', 'unknown'),
});
const descriptor = fc.record(
  {
    mediaType,
    digest: fc.constantFrom(digest, digestOf('y', 'sha512'), 'sha256:0'),
    size: fc.constantFrom(0, 7, -1, 2 ** 60),
    platform,
    annotations: odd,
  },
  { requiredKeys: ['mediaType', 'digest', 'size'] },
);
const nearManifest = fc
  .record(
    {
      schemaVersion: fc.constantFrom<unknown>(2, 2, 2, 1, '2'),
      mediaType,
      config: fc.oneof({ arbitrary: descriptor, weight: 5 }, odd),
      layers: fc.array(descriptor, { maxLength: 3 }),
      manifests: fc.array(fc.oneof({ arbitrary: descriptor, weight: 9 }, odd), { maxLength: 3 }),
      subject: fc.oneof(descriptor, odd),
      annotations: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 2 }),
    },
    { requiredKeys: ['schemaVersion'] },
  )
  .map((value) => JSON.stringify(value));
const plainDescriptor = { mediaType: mediaTypes.config, digest, size: 7 } satisfies OciDescriptor;
const words = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"a":',
  'null',
  '"digest":',
  digest,
  '"size":',
  '1',
  '-0',
  '1e400',
  '"__proto__":',
  '\\u0000',
  '\\ud800',
];

/** Manifests and indexes of all types, and what they refer to. */
export const manifests: Target = {
  name: 'manifests',
  inputs: textInputs({
    mostCharacters: 1024 * 1024,
    nearValid: nearManifest,
    seeds: [
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: plainDescriptor,
        layers: [plainDescriptor],
      }),
      JSON.stringify({
        schemaVersion: 2,
        manifests: [{ ...plainDescriptor, platform: { os: 'linux', architecture: 'amd64' }, annotations: { a: 'b' } }],
      }),
      JSON.stringify({
        schemaVersion: 2,
        config: plainDescriptor,
        layers: Array.from({ length: 513 }, () => plainDescriptor),
      }),
    ],
    words: [
      ...words,
      '"layers":[',
      '"manifests":[',
      '"config":',
      '"mediaType":',
      '"schemaVersion":2,',
      JSON.stringify(plainDescriptor),
    ],
  }),
  check(text) {
    const bytes = bytesOfInput(text);
    try {
      resultOf(() => declaredMediaType(bytes, digest));
    } catch (error) {
      // It says so of what is no JSON.
      if (!(error instanceof SyntaxError)) throw error;
    }
    for (const type of [mediaTypes.index, mediaTypes.dockerManifest, 'text/plain']) {
      const read = resultOf(() => readManifest({ mediaType: type, digest, bytes }));
      if (read === undefined) continue;
      const again = Buffer.from(JSON.stringify(read.kind === 'index' ? read.index : read.manifest));
      mustEqual(
        readManifest({ mediaType: type, digest, bytes: again }),
        read,
        'a printed manifest is read as the same',
      );
      const references = resultOf(() => referencesOf(read, digest));
      if (references === undefined) continue;
      const all = [...references.manifests, ...references.blobs];
      must(
        all.every((one) => isDigest(one.digest) && one.size >= 0 && Number.isInteger(one.size)),
        'references can be fetched',
      );
      must(
        references.manifests.every((one) => acceptedManifests.includes(one.mediaType)),
        'manifests have the type of one',
      );
    }
  },
};

const config = {
  os: 'linux',
  architecture: 'arm',
  variant: 'v7',
  'os.features': ['a'],
  config: {
    Env: ['A=b'],
    Labels: { a: 'b', 'org.opencontainers.image.created': 'x' },
    Cmd: null,
    ExposedPorts: { '80/tcp': {} },
  },
  rootfs: { type: 'layers', diff_ids: [digest, digestOf('y')] },
};

/** Configs of images, and the hashes of them. */
export const configs: Target = {
  name: 'configs',
  inputs: textInputs({
    mostCharacters: 1024 * 1024,
    nearValid: fc
      .record(
        {
          os: fc.constantFrom('linux', ''),
          architecture: fc.string({ maxLength: 6 }),
          variant: fc.string({ maxLength: 3 }),
          config: fc.oneof(
            fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 }),
            odd,
          ),
          rootfs: fc.oneof({ arbitrary: fc.constant(config.rootfs), weight: 9 }, odd),
        },
        { requiredKeys: ['os', 'architecture', 'rootfs'] },
      )
      .map((value) => JSON.stringify(value)),
    seeds: [JSON.stringify(config), JSON.stringify({ ...config, config: null, created: 'now', history: [{}] })],
    words: [...words, '"os":', '"config":{', '"rootfs":', '"Labels":{', '"diff_ids":['],
  }),
  check(text) {
    const about = { code: 'config-invalid', what: 'the config', where: 'fuzz', next: 'fuzz' };
    const read = resultOf(() => readJson(bytesOfInput(text), OciConfig, about));
    if (read === undefined) return;
    const fingerprint = fingerprintOf({ ...read, diffIds: read.rootfs.diff_ids });
    must(isDigest(fingerprint), 'a fingerprint is a digest');
    must(/^[0-9a-f]{64}$/.test(layersHash(read.rootfs.diff_ids)), 'the hash of the layers is hexadecimal');
    const again = readJson(JSON.stringify(read), OciConfig, about);
    const turned = Object.fromEntries(Object.entries(again.config ?? {}).reverse());
    mustEqual(
      fingerprintOf({ ...again, config: turned, diffIds: again.rootfs.diff_ids }),
      fingerprint,
      'order says nothing',
    );
  },
};
