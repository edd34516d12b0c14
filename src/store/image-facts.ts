import { RemoteError } from '../domain/errors.ts';
import type { ImageFacts } from '../domain/expectation.ts';
import type { LayerSize } from '../domain/test-result.ts';
import { uncompressed } from '../formats/compression.ts';
import { RuntimeConfig, variablesOf } from '../formats/runtime-config.ts';
import type { ContentSource } from '../ports/content.ts';
import type { PlatformContent } from './image-content.ts';
import { ImageFiles } from './image-files.ts';
import { readLayer } from './layer-entries.ts';

/** Reads what one platform of an image is like from its config and its layers; nothing of it is run. */
export async function readImageFacts(
  source: ContentSource,
  image: Pick<PlatformContent, 'configDigest' | 'config' | 'layers'>,
  wanted: readonly string[],
): Promise<{ readonly facts: ImageFacts; readonly layers: readonly LayerSize[] }> {
  const files = new ImageFiles(wanted);
  const layers: LayerSize[] = [];
  for (const layer of image.layers) {
    const content = await source.readBlob(layer);
    if (content === undefined) throw missing(layer.digest, source.name);
    let unpackedBytes = 0;
    const counted = async function* (): AsyncIterable<Uint8Array> {
      for await (const piece of uncompressed(content, { where: layer.digest })) {
        unpackedBytes += piece.length;
        yield piece;
      }
    };
    await readLayer(counted(), layer.digest, (entry) => files.add(entry));
    files.endLayer();
    layers.push({ digest: layer.digest, bytes: layer.size, unpackedBytes });
  }
  const config = RuntimeConfig.safeParse(image.config.config ?? {});
  if (!config.success) throw oddConfig(image.configDigest, config.error.issues[0]?.path.join('.') ?? '');
  const { User, Entrypoint, Cmd, ExposedPorts, Env, Labels } = config.data;
  const facts = {
    user: User ?? '',
    entrypoint: Entrypoint ?? [],
    cmd: Cmd ?? [],
    ports: Object.keys(ExposedPorts ?? {}).map((port) => (port.includes('/') ? port : `${port}/tcp`)),
    env: variablesOf(Env ?? []),
    labels: Labels ?? {},
    unpackedBytes: layers.reduce((sum, layer) => sum + layer.unpackedBytes, 0),
    files: wanted.filter((path) => files.has(path)),
    setuid: files.setuid(),
  };
  return { facts, layers };
}

const state = 'nothing of this image was published';

function missing(digest: string, where: string): RemoteError {
  const what = `the layer ${digest} is not there, so nobody can tell what is in it`;
  const next = 'build the image again; a layer that only its owner hands out cannot be looked at';
  return new RemoteError({ code: 'content-missing', what, where, state, next });
}

function oddConfig(where: string, path: string): RemoteError {
  const what = `the config of the image is not as it must be, at config.${path}`;
  return new RemoteError({ what, code: 'config-invalid', where, state, next: 'build the image again' });
}
