import { Engine } from '../../clients/engine.ts';
import type { Digest } from '../../domain/digest.ts';
import { ConfigError, ToolError } from '../../domain/errors.ts';
import { parseImageRef, refText } from '../../domain/image-ref.ts';
import type { ContentSource } from '../../ports/content.ts';
import type { Ports } from '../../ports/ports.ts';
import { readImage } from '../../store/image-content.ts';
import { entriesOf } from '../../store/listing.ts';
import { createCollection } from '../../store/tar/pack.ts';
import { tagged } from './place.ts';
import type { ImageTarget } from './target.ts';

/** Loads an image into the engine under a name, by an archive that old and new engines read. */
export function engineTarget(ports: Ports, reference: string): ImageTarget {
  const ref = tagged(parseImageRef(reference, 'the argument'));
  if (ref.digest !== undefined) throw nameless(reference);
  const name = refText(ref);
  const engine = new Engine(ports);
  const collection = createCollection(`engine:${name}`);
  return {
    name: `engine:${name}`,
    content: collection,
    bytes: () => collection.bytes,
    async finish({ descriptor }) {
      const names = [name];
      const platform = await engine.platform();
      await using folder = await ports.files.tempFolder('slipway-engine-');
      const file = `${folder.path}/image.tar`;
      const { digest } = descriptor;
      await ports.files.write(
        file,
        await collection.pack(entriesOf({ descriptor, names }), { digest, names, platform }),
      );
      await engine.load(file);
      await requireLoaded(engine, name, collection, digest);
    },
  };
}

function nameless(reference: string): ConfigError {
  return new ConfigError({
    code: 'place-invalid',
    what: `${JSON.stringify(reference)} has a digest, and an engine gives digests itself`,
    where: 'the argument',
    state: 'nothing was copied',
    next: 'name a tag, for example engine:app:1.0; a digest that FROM names is kept',
  });
}

/** An engine keeps the index, the manifest of a platform, or on a classic store its config; the layers are equal in each. */
async function requireLoaded(engine: Engine, name: string, content: ContentSource, digest: Digest): Promise<void> {
  const loaded = await engine.image(name);
  const { platforms } = await readImage(content, digest);
  if (loaded?.id === digest) return;
  const isOurs = platforms.some((platform) => {
    const diffIds = platform.config.rootfs.diff_ids;
    const sameLayers = diffIds.join() === loaded?.layers.join();
    return sameLayers && (loaded?.id === platform.digest || loaded?.id === platform.configDigest);
  });
  if (isOurs) return;
  throw new ToolError({
    code: 'engine-loaded-other',
    what: `the engine took the archive, and has ${loaded?.id ?? 'nothing'} under the name instead of ${digest}`,
    where: `engine:${name}`,
    state: 'the engine may have an image more; nothing else was changed',
    next: 'does another program load images under this name? Run again, or use another name',
  });
}
