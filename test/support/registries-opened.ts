import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createRegistryClient, type RegistryClient } from '../../src/clients/registry/client.ts';
import { dockerCredentials } from '../../src/clients/registry/credentials.ts';
import type { FindCredentials } from '../../src/clients/registry/login.ts';
import { type Repository, refText } from '../../src/domain/image-ref.ts';
import type { ContentSource } from '../../src/ports/content.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { createStore, type Store } from '../../src/store/store.ts';
import { type Lab, labEnv } from './lab.ts';
import type { MadeImage } from './made-image.ts';
import { collect, type TestRegistry, tag } from './registries.ts';
import { type Account, writer } from './registries-doors.ts';
import type { RegistryKind } from './registries-kinds.ts';

const run = promisify(execFile);

/** A client that shares no line with ours; standard output comes back as it was written. */
export type Tool = 'crane' | 'regctl';

/** A registry of one kind, with clients that are signed in where it wants that. */
export interface OpenedRegistry extends TestRegistry {
  /** Ours, as the writer. */
  readonly client: RegistryClient;
  clientAs(account: Account | undefined): Promise<RegistryClient>;
  /** Who the writer is, by whatever name the registry is called. */
  readonly credentials: FindCredentials;
  /** Another one, as the writer unless told otherwise. */
  ask(tool: Tool, args: readonly string[], account?: Account): Promise<Buffer>;
  /** All that belongs to a tag, as another client brings it into a layout. */
  takeOut(tool: Tool, repository: Repository, name: string): Promise<Store>;
}

export async function openRegistry(kind: RegistryKind, lab: Lab, ports: Ports): Promise<OpenedRegistry> {
  const registry = await kind.start(lab, ports);
  const folder = await ports.files.tempFolder('slipway-opened-');

  /** The folder of a docker configuration that `docker login` would have written. */
  const configFor = async (account: Account | undefined): Promise<string> => {
    const at = `${folder.path}/${account === undefined ? 'nobody' : Buffer.from(account.password).toString('hex')}`;
    const auth = account && Buffer.from(`${account.username}:${account.password}`).toString('base64');
    const auths = auth === undefined ? {} : { [registry.host]: { auth } };
    await ports.files.write(`${at}/config.json`, JSON.stringify({ auths }));
    return at;
  };
  const clientAs = async (account: Account | undefined): Promise<RegistryClient> => {
    const env = { DOCKER_CONFIG: await configFor(account) };
    return createRegistryClient(ports, { credentials: dockerCredentials({ ...ports, env }) });
  };
  const known = kind.signIn === 'nobody' ? undefined : writer;
  const ask: OpenedRegistry['ask'] = async (tool, args, account = known) => {
    const config = await configFor(account);
    const env = { ...labEnv(lab), HOME: config, DOCKER_CONFIG: config, REGCTL_CONFIG: `${config}/regctl.json` };
    const host = tool === 'regctl' ? ['--host', `reg=${registry.host},tls=disabled`] : [];
    const options = { env, encoding: 'buffer', maxBuffer: 64 << 20 } as const;
    return (await run(lab.tools[tool], [...args, ...host], options)).stdout;
  };
  return {
    host: registry.host,
    client: await clientAs(known),
    clientAs,
    credentials: async () => known && { kind: 'password', ...known },
    ask,
    async takeOut(tool, repository, name) {
      const layout = `${folder.path}/${tool}-${ports.random.hex(12)}`;
      const from = refText({ repository, tag: tag(name) });
      if (tool === 'crane') await ask(tool, ['pull', '--format', 'oci', from, layout]);
      else await ask(tool, ['image', 'copy', from, `ocidir://${layout}:copied`]);
      return createStore(ports, layout);
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What a place lacks of an image, or has in other bytes; nothing where it is whole. */
export async function lackingIn(place: ContentSource, made: MadeImage): Promise<readonly string[]> {
  const { manifest, blobs, children } = made;
  const found = await place.readManifest(manifest.digest);
  const isThere = found?.mediaType === manifest.mediaType && Buffer.from(found.bytes).equals(manifest.bytes);
  const lacking: string[] = isThere ? [] : [manifest.digest];
  for (const { descriptor, bytes } of blobs) {
    const content = await place.readBlob(descriptor);
    if (content === undefined || !(await collect(content)).equals(bytes)) lacking.push(descriptor.digest);
  }
  for (const child of children) lacking.push(...(await lackingIn(place, child)));
  return lacking;
}
