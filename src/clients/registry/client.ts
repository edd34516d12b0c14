import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import type { Repository, Tag } from '../../domain/image-ref.ts';
import type { OciDescriptor } from '../../formats/oci.ts';
import type { Descriptor, RawManifest } from '../../ports/content.ts';
import type { Ports } from '../../ports/ports.ts';
import type { PlainHttp } from './address.ts';
import { Authorizer } from './authorizer.ts';
import type { BlobWrite } from './blob-write.ts';
import { type BlobOutcome, isBlobThere, readBlobContent, writeBlobContent } from './blobs.ts';
import type { Pause } from './fallback-tag.ts';
import type { FindCredentials } from './login.ts';
import {
  type PutManifest,
  putRawManifest,
  type ResolvedManifest,
  readRawManifest,
  resolveManifest,
} from './manifests.ts';
import { attach, type Referrer, readReferrers } from './referrers.ts';
import type { Right } from './scope.ts';
import { readTags } from './tags.ts';
import { Transport } from './transport.ts';
import { tryUpload } from './uploads.ts';

/** Speaks to any registry of the OCI distribution specification. What is absent is `undefined`; all else throws. */
export interface RegistryClient {
  resolve(repository: Repository, reference: Tag | Digest, right?: Right): Promise<ResolvedManifest | undefined>;
  readManifest(repository: Repository, reference: Tag | Digest): Promise<RawManifest | undefined>;
  putManifest(repository: Repository, reference: Tag | Digest, manifest: RawManifest): Promise<PutManifest>;
  listTags(repository: Repository): Promise<readonly Tag[]>;
  readBlob(repository: Repository, descriptor: Descriptor): Promise<AsyncIterable<Uint8Array> | undefined>;
  hasBlob(repository: Repository, descriptor: Descriptor, right?: Right): Promise<boolean>;
  writeBlob(repository: Repository, write: BlobWrite): Promise<BlobOutcome>;
  /** Throws what `canPush` answers false to, so that the reason can be shown. */
  requirePush(repository: Repository): Promise<void>;
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
}

/** Makes a client; tokens live as long as it does, so one run wants one client. */
export function createRegistryClient(
  ports: Pick<Ports, 'http' | 'clock'> & Partial<Pick<Ports, 'random'>>,
  options: RegistryOptions = {},
): RegistryClient {
  const plainHttp = options.plainHttp ?? (() => false);
  const credentials = options.credentials ?? (async () => undefined);
  const transport = new Transport(ports.http, new Authorizer(ports, credentials, plainHttp), plainHttp);
  const pause: Pause = () => ports.clock.sleep(100 + Number.parseInt(ports.random?.hex(3) ?? '200', 16) / 4);
  const requirePush = (repository: Repository) => tryUpload(transport, repository);
  return {
    resolve: (repository, reference, right = 'pull') => resolveManifest(transport, repository, { reference, right }),
    readManifest: (repository, reference) => readRawManifest(transport, repository, reference),
    putManifest: (repository, reference, manifest) => putRawManifest(transport, repository, { reference, manifest }),
    listTags: (repository) => readTags(transport, repository),
    readBlob: (repository, descriptor) => readBlobContent(transport, repository, descriptor),
    hasBlob: (repository, descriptor, right = 'pull') => isBlobThere(transport, repository, { descriptor, right }),
    writeBlob: (repository, write) => writeBlobContent(transport, repository, write),
    requirePush,
    canPush: (repository) => requirePush(repository).then(() => true, unlessDenied),
    listReferrers: (repository, digest, artifactType) => readReferrers(transport, repository, { digest, artifactType }),
    attachReferrer: (repository, referrer) => attach({ transport, pause }, repository, referrer),
  };
}

function unlessDenied(error: unknown): false {
  if (error instanceof RemoteError && error.code === 'registry-denied') return false;
  throw error;
}
