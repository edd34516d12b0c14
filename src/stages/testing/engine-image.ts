import type { Engine } from '../../clients/engine.ts';
import type { Repository } from '../../domain/image-ref.ts';
import type { PlatformRecord } from '../../domain/record.ts';
import { copyContent } from '../../store/copy.ts';
import { readImage } from '../../store/image-content.ts';
import { entriesOf } from '../../store/listing.ts';
import type { Store } from '../../store/store.ts';
import { createCollection } from '../../store/tar/pack.ts';
import type { TestPorts } from './attempt.ts';

/** One platform of an image in the engine; disposing of it takes its name away. */
export interface EngineCopy extends AsyncDisposable {
  readonly reference: string;
}

/** Gives the engine exactly these bytes: it pulls them from loopback, or where it is elsewhere, it takes an archive of them. */
export async function bringImage(
  ports: Pick<TestPorts, 'files' | 'log' | 'random'>,
  image: { readonly engine: Engine; readonly store: Store; readonly repository: Repository },
  { digest, platform }: Pick<PlatformRecord, 'digest' | 'platform'>,
): Promise<EngineCopy> {
  const { engine, store, repository } = image;
  if (await engine.pull(repository, digest, platform)) {
    return {
      reference: `${repository}@${digest}`,
      [Symbol.asyncDispose]: () => engine.forget(repository, digest),
    };
  }
  ports.log.info(`the engine does not reach this machine: it gets an archive of ${digest} instead`);
  const reference = `slipway-test-${ports.random.hex(12)}:${platform.replaceAll('/', '-')}`;
  const collection = createCollection(`engine:${reference}`);
  await copyContent(store, collection, { digest });
  const [content] = (await readImage(store, digest)).platforms;
  if (content === undefined) throw new Error('unreachable: an image without a platform is refused');
  await using folder = await ports.files.tempFolder('slipway-engine-');
  const file = `${folder.path}/image.tar`;
  const names = [reference];
  const entries = entriesOf({ descriptor: content.descriptor, names });
  await ports.files.write(file, await collection.pack(entries, { digest, names, platform }));
  await engine.load(file);
  return { reference, [Symbol.asyncDispose]: () => engine.untag(reference) };
}
