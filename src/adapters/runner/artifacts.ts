import type { DefaultArtifactClient } from '@actions/artifact';
import { RemoteError } from '../../domain/errors.ts';
import type { ArtifactFolders, Artifacts } from '../../ports/artifacts.ts';
import type { Files } from '../../ports/files.ts';

/** How large a file of a document may be, and how many there may be in one artifact. */
const maxFileBytes = 32 * 1024 * 1024;
const maxFiles = 100;

/** Artifacts of this run, by the service of the runner. The library is loaded when the first one is asked for. */
export function createArtifacts(
  files: Files,
  options: { readonly temp: string; readonly attempt: number },
): Artifacts & ArtifactFolders {
  let loaded: Promise<DefaultArtifactClient> | undefined;
  const client = (): Promise<DefaultArtifactClient> => {
    // Libraries below this one use Buffer() still; nobody who reads the log of a job can mend that.
    process.noDeprecation = true;
    loaded ??= import('@actions/artifact').then(({ DefaultArtifactClient }) => new DefaultArtifactClient());
    return loaded;
  };
  let listed: Promise<ReadonlyMap<string, number>> | undefined;
  // What earlier jobs uploaded does not change while we read it: one list serves every download.
  const known = (): Promise<ReadonlyMap<string, number>> => {
    listed ??= client().then(list);
    return listed;
  };
  const send = async (name: string, folder: string, compressionLevel: number): Promise<void> => {
    const paths = (await files.list(folder)).map((entry) => `${folder}/${entry.name}`);
    try {
      const service = await client();
      if (options.attempt > 1 && (await list(service)).has(name)) await service.deleteArtifact(name);
      await service.uploadArtifact(name, paths, folder, { compressionLevel });
    } catch (cause) {
      throw failure('artifact-not-uploaded', `the artifact ${name} could not be uploaded: ${reason(cause)}`, cause);
    }
  };
  const fetch = async (name: string, folder: string): Promise<boolean> => {
    try {
      const service = await client();
      const id = (await known()).get(name);
      if (id === undefined) return false;
      await service.downloadArtifact(id, { path: folder });
      return true;
    } catch (cause) {
      throw failure('artifact-not-downloaded', `the artifact ${name} could not be read: ${reason(cause)}`, cause);
    }
  };
  return {
    async upload(name, contents) {
      await using folder = await files.tempFolder('slipway-upload-', options.temp);
      for (const [file, bytes] of Object.entries(contents)) await files.write(`${folder.path}/${file}`, bytes);
      await send(name, folder.path, 6);
    },
    async download(name) {
      await using folder = await files.tempFolder('slipway-download-', options.temp);
      // Awaited here: the folder is gone as soon as this function returns.
      return (await fetch(name, folder.path)) ? await readPlainFiles(files, folder.path, name) : undefined;
    },
    // Layers are compressed, and what is stored as it is can be read by anything.
    uploadFolder: (name, folder) => send(name, folder, 0),
    downloadTo: fetch,
  };
}

async function list(service: DefaultArtifactClient): Promise<ReadonlyMap<string, number>> {
  const { artifacts } = await service.listArtifacts({ latest: true });
  return new Map(artifacts.map(({ name, id }) => [name, id]));
}

/** Reads what came out of an archive: plain files only, no folders and no links, and not more than a document can be. */
async function readPlainFiles(files: Files, folder: string, name: string): Promise<Record<string, Uint8Array>> {
  const contents: Record<string, Uint8Array> = {};
  const entries = await files.list(folder);
  if (entries.length > maxFiles) throw failure('artifact-odd', `the artifact ${name} holds ${entries.length} files`);
  for (const entry of entries) {
    const facts = await files.facts(`${folder}/${entry.name}`);
    if (facts?.kind !== 'file' || facts.size > maxFileBytes) {
      throw failure(
        'artifact-odd',
        `the artifact ${name} holds ${JSON.stringify(entry.name)}, which is no plain small file`,
      );
    }
    const bytes = await files.readBytes(`${folder}/${entry.name}`);
    if (bytes !== undefined) contents[entry.name] = bytes;
  }
  return contents;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
}

const nextSteps: Readonly<Record<string, string>> = {
  'artifact-odd': 'look at which job wrote it; then run all jobs again',
};

function failure(code: string, what: string, cause?: unknown): RemoteError {
  return new RemoteError({
    code,
    what,
    where: 'the artifacts of this run',
    state: 'nothing was released',
    next:
      nextSteps[code] ??
      'may this job use artifacts? Run the failed jobs again; if it stays, look at the status of the service',
    cause,
  });
}
