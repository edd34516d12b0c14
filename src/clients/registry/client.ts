import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Repository, Tag } from '../../domain/image-ref.ts';
import { Redactor } from '../../domain/redactor.ts';
import type { OciDescriptor } from '../../formats/oci.ts';
import type { Descriptor, RawManifest } from '../../ports/content.ts';
import type { Ports } from '../../ports/ports.ts';
import type { PlainHttp } from './address.ts';
import { Authorizer } from './authorizer.ts';
import type { BlobWrite } from './blob-write.ts';
import { type BlobOutcome, isBlobThere, readBlobContent, writeBlobContent } from './blobs.ts';
import type { FindCredentials } from './login.ts';
import {
  deleteManifest,
  type PutManifest,
  putRawManifest,
  type ResolvedManifest,
  readRawManifest,
  resolveManifest,
} from './manifests.ts';
import { createPace } from './pace.ts';
import { attach, type Referrer, readReferrers } from './referrers.ts';
import type { Right } from './scope.ts';
import { deleteTag, type TagDeletion } from './tag-delete.ts';
import { type TagWrite, type TagWritten, writeTag } from './tag-write.ts';
import { readTags } from './tags.ts';
import { Transport } from './transport.ts';
import type { UploadWay } from './upload-pieces.ts';
import { tryUpload } from './uploads.ts';

/** Speaks to any registry of the OCI distribution specification. What is absent is `undefined`; all else throws. */
export interface RegistryClient {
  resolve(repository: Repository, reference: Tag | Digest, right?: Right): Promise<ResolvedManifest | undefined>;
  readManifest(repository: Repository, reference: Tag | Digest): Promise<RawManifest | undefined>;
  putManifest(repository: Repository, reference: Tag | Digest, manifest: RawManifest): Promise<PutManifest>;
  /** Writes a tag, and tells what it names then; throws only where that cannot be found out. */
  writeTag(repository: Repository, write: TagWrite): Promise<TagWritten>;
  /** Deletes a manifest with all its tags; false where it was not there. */
  deleteManifest(repository: Repository, digest: Digest): Promise<boolean>;
  /** Deletes a tag. Some registries take the manifest and all its other tags along: `canDropTags` finds out. */
  deleteTag(repository: Repository, tag: Tag): Promise<TagDeletion>;
  listTags(repository: Repository): Promise<readonly Tag[]>;
  readBlob(repository: Repository, descriptor: Descriptor): Promise<AsyncIterable<Uint8Array> | undefined>;
  hasBlob(repository: Repository, descriptor: Descriptor, right?: Right): Promise<boolean>;
  writeBlob(repository: Repository, write: BlobWrite): Promise<BlobOutcome>;
  /** Throws what `canPush` answers false to, so that the reason can be shown. A blob that is held there makes the trial cheaper. */
  requirePush(repository: Repository, held?: Digest): Promise<void>;
  /** Tries it with an upload that is taken back. False only where the registry denies it. */
  canPush(repository: Repository): Promise<boolean>;
  listReferrers(repository: Repository, digest: Digest, artifactType?: string): Promise<readonly OciDescriptor[]>;
  attachReferrer(repository: Repository, referrer: Referrer): Promise<OciDescriptor>;
}

/** What the client may be told. */
export interface RegistryOptions {
  readonly credentials?: FindCredentials;
  /** Hosts, besides this machine, that are spoken to without TLS. */
  readonly plainHttp?: PlainHttp;
  /** The most bytes of one request of an upload, where something before the registry has a limit. */
  readonly chunkBytes?: number | undefined;
}

type ClientPorts = Pick<Ports, 'http' | 'clock' | 'random'> & Partial<Pick<Ports, 'secrets'>>;

/** Makes a client; tokens live as long as it does, so one run wants one client. */
export function createRegistryClient(ports: ClientPorts, options: RegistryOptions = {}): RegistryClient {
  const { plainHttp = () => false, credentials = async () => undefined, chunkBytes } = options;
  const secrets = ports.secrets ?? new Redactor();
  const authorizer = new Authorizer({ ...ports, secrets }, { credentials, plainHttp });
  const transport = new Transport(ports.http, authorizer, { plainHttp, secrets });
  const way: UploadWay = { transport, pace: createPace(ports), chunkBytes };
  const requirePush = (repository: Repository, held?: Digest) => tryUpload(transport, repository, held);
  return {
    resolve: (repository, reference, right = 'pull') => resolveManifest(transport, repository, { reference, right }),
    readManifest: (repository, reference) => readRawManifest(transport, repository, reference),
    putManifest: (repository, reference, manifest) => putRawManifest(transport, repository, { reference, manifest }),
    writeTag: (repository, write) => writeTag(way, repository, write),
    deleteManifest: (repository, digest) => deleteManifest(transport, repository, digest),
    deleteTag: (repository, tag) => deleteTag(transport, repository, tag),
    listTags: (repository) => readTags(transport, repository),
    readBlob: (repository, descriptor) => readBlobContent(way, repository, descriptor),
    hasBlob: (repository, descriptor, right = 'pull') => isBlobThere(transport, repository, { descriptor, right }),
    writeBlob: (repository, write) => writeBlobContent(way, repository, write),
    requirePush,
    canPush: (repository) => requirePush(repository).then(() => true, unlessDenied),
    listReferrers: (repository, digest, artifactType) => readReferrers(transport, repository, { digest, artifactType }),
    attachReferrer: (repository, referrer) => attach(way, repository, referrer),
  };
}

function unlessDenied(error: unknown): false {
  if (error instanceof RemoteError && error.code === 'registry-denied') return false;
  throw error;
}
