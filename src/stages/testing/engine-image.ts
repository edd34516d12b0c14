import type { Repository } from '../../domain/image-ref.ts';
import type { PlatformRecord } from '../../domain/record.ts';
import { copyContent } from '../../store/copy.ts';
import { readImage } from '../../store/image-content.ts';
import { entriesOf } from '../../store/listing.ts';
import type { Store } from '../../store/store.ts';
import { createCollection } from '../../store/tar/pack.ts';
import type { Subject, TestPorts } from './attempt.ts';

/** One platform of an image in the engine; disposing of it takes its name away. */
export interface EngineCopy extends AsyncDisposable {
  readonly reference: string;
}

/** Gives the engine exactly these bytes: it pulls them from loopback, or where it is elsewhere, it takes an archive of them. */
export async function bringImage(
  ports: Pick<TestPorts, 'files' | 'log' | 'random'>,
  image: Pick<Subject, 'engine' | 'noteName' | 'scratch'> & { readonly store: Store; readonly repository: Repository },
  { digest, platform }: Pick<PlatformRecord, 'digest' | 'platform'>,
): Promise<EngineCopy> {
  const { engine, store, repository, noteName, scratch } = image;
  const pulled = `${repository}@${digest}`;
  await noteName({ kind: 'made', name: pulled });
  if (await engine.pull(repository, digest, platform)) {
    return { reference: pulled, [Symbol.asyncDispose]: () => engine.forget(repository, digest) };
  }
  ports.log.info(`the engine does not reach this machine: it gets an archive of ${digest} instead`);
  const reference = `slipway-test-${ports.random.hex(12)}:${platform.replaceAll('/', '-')}`;
  const collection = createCollection(`engine:${reference}`);
  await copyContent(store, collection, { digest });
  const [content] = (await readImage(store, digest)).platforms;
  if (content === undefined) throw new Error('unreachable: an image without a platform is refused');
  await using folder = await ports.files.tempFolder('slipway-engine-', scratch);
  const file = `${folder.path}/image.tar`;
  const names = [reference];
  const entries = entriesOf({ descriptor: content.descriptor, names });
  await ports.files.write(file, await collection.pack(entries, { digest, names, platform }));
  await noteName({ kind: 'made', name: reference });
  await engine.load(file);
  return {
    reference,
    async [Symbol.asyncDispose]() {
      await engine.untag(reference);
    },
  };
}
