import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../src/adapters/create-ports.ts';
import type { RegistryClient } from '../../src/clients/registry/client.ts';
import { repositoryContent } from '../../src/clients/registry/repository-content.ts';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import { type Repository, refText } from '../../src/domain/image-ref.ts';
import type { TempFolder } from '../../src/ports/files.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { copyContent } from '../../src/store/copy.ts';
import { createStore } from '../../src/store/store.ts';
import { pushMade } from '../support/fault-proxy/faulty-registry.ts';
import { labEnv, requireLab } from '../support/lab.ts';
import { madeImage, writeMade } from '../support/made-image.ts';
import { clientOf, type EmbeddedRegistry, freshRepository, startEmbedded, tag } from '../support/registries.ts';

const limitMs = 600_000;
const run = promisify(execFile);

const lab = requireLab();
let ports: Ports & AsyncDisposable;
let work: TempFolder;
let registry: EmbeddedRegistry;
let client: RegistryClient;
/** Where each client finds what it is to push. */
let origin: string;
let layout: string;
let namespace: string;

beforeAll(async () => {
  ports = createPorts();
  work = await ports.files.tempFolder('slipway-clients-');
  registry = await startEmbedded(ports);
  client = clientOf(ports);
  namespace = `slipway-${ports.random.hex(8)}`;
  const nonce = { 'nonce.txt': ports.random.hex(32) };
  const image = madeImage({ layers: [nonce, { 'more.txt': 'more' }] });
  const repository = freshRepository(registry, 'origin');
  await pushMade({ client, repository }, image, 'v1');
  origin = refText({ repository, tag: tag('v1') });
  layout = `${work.path}/layout`;
  const store = await createStore(ports, layout);
  await writeMade(store, image);
  await store.addEntry(image.descriptor, 'v1');
}, limitMs);

afterAll(async () => {
  for (const host of [lab.docker.host, lab.classic?.host]) if (host !== undefined) await removeImages(host);
  const images = await ctr('images', 'ls', '--quiet');
  const names = images.split('\n').filter((name) => name !== '');
  if (names.length > 0) await ctr('images', 'rm', '--sync', ...names);
  await ctr('namespaces', 'rm', namespace).catch(() => undefined);
  await registry?.[Symbol.asyncDispose]();
  await work?.[Symbol.asyncDispose]();
  await ports?.[Symbol.asyncDispose]();
}, limitMs);

/** What an engine has from our registry, also the bases that its own builder keeps there. */
async function removeImages(host: string): Promise<void> {
  const listed = await program(lab.tools.docker, ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'], host);
  const ours = listed.split('\n').filter((name) => name.startsWith(`${registry.host}/`));
  if (ours.length > 0) await program(lab.tools.docker, ['image', 'rm', '--force', ...ours], host);
}

/** A client that people use; all that it needs is in its two methods. */
interface OtherClient {
  readonly name: string;
  push(ref: string): Promise<unknown>;
  /** Brings all of it here, and tells by which digest the client knows it. */
  pull(ref: string): Promise<string>;
}

async function program(path: string, args: readonly string[], dockerHost = lab.docker.host): Promise<string> {
  const env = { ...labEnv(lab), HOME: work.path, REGCTL_CONFIG: `${work.path}/regctl.json`, DOCKER_HOST: dockerHost };
  return (await run(path, args, { env, maxBuffer: 64 << 20 })).stdout.trim();
}

const crane = (...args: readonly string[]) => program(lab.tools.crane, args);
const skopeo = (...args: readonly string[]) => program(lab.tools.skopeo, args);
const regctl = (...args: readonly string[]) =>
  program(lab.tools.regctl, [...args, '--host', `reg=${registry.host},tls=disabled`]);
const buildx = (...args: readonly string[]) => program(lab.tools.docker, ['buildx', ...args]);

function ctr(...args: readonly string[]): Promise<string> {
  if (lab.containerd === null) throw new Error('this test needs the containerd of the lab, and this lab has none');
  return program(lab.tools.ctr, ['--address', lab.containerd.address, '--namespace', namespace, ...args]);
}

/** A folder that no other test writes to. */
const fresh = (name: string): string => `${work.path}/${name}-${ports.random.hex(12)}`;

async function onlyEntry(folder: string): Promise<string> {
  const [entry] = await (await createStore(ports, folder)).entries();
  return entry?.digest ?? 'nothing';
}

function engine(name: string, hostOf: () => string | undefined): OtherClient {
  const docker = (...args: readonly string[]): Promise<string> => {
    const host = hostOf();
    if (host === undefined) throw new Error(`this test needs ${name}, and this lab has none: run script/lab up`);
    return program(lab.tools.docker, args, host);
  };
  const pull = async (ref: string): Promise<string> => {
    const said = await docker('pull', ref);
    return /^Digest: (\S+)$/m.exec(said)?.[1] ?? said;
  };
  return {
    name,
    pull,
    async push(ref) {
      await pull(origin);
      await docker('tag', origin, ref);
      await docker('push', ref);
    },
  };
}

const clients: readonly OtherClient[] = [
  engine('Docker 29', () => lab.docker.host),
  engine('Docker 20.10', () => lab.classic?.host),
  {
    name: 'ctr',
    async push(ref) {
      await ctr('images', 'pull', '--plain-http', origin);
      await ctr('images', 'tag', origin, ref);
      await ctr('images', 'push', '--plain-http', ref);
    },
    async pull(ref) {
      await ctr('images', 'pull', '--plain-http', ref);
      return /sha256:[0-9a-f]{64}/.exec(await ctr('images', 'ls', `name==${ref}`))?.[0] ?? 'nothing';
    },
  },
  {
    name: 'buildx',
    async push(ref) {
      const context = await freshContext('FROM scratch\nCOPY nonce.txt /nonce.txt\n');
      await buildx('build', '--builder', lab.builders.engine, '--provenance', 'false', '--push', '--tag', ref, context);
    },
    async pull(ref) {
      const raw = await buildx('imagetools', 'inspect', '--raw', ref);
      const described = await buildx('imagetools', 'inspect', '--format', '{{.Manifest.Digest}}', ref);
      const context = await freshContext(`FROM ${ref}\nCOPY nonce.txt /other.txt\n`);
      const output = `type=local,dest=${fresh('output')}`;
      await buildx('build', '--builder', lab.builders.engine, '--no-cache', '--output', output, context);
      return described === digestOf(raw) ? described : `${described}, and its bytes hash to ${digestOf(raw)}`;
    },
  },
  {
    name: 'crane',
    push: (ref) => crane('push', layout, ref),
    async pull(ref) {
      const folder = fresh('crane');
      await crane('pull', '--format', 'oci', ref, folder);
      return onlyEntry(folder);
    },
  },
  {
    name: 'regctl',
    push: (ref) => regctl('image', 'copy', `ocidir://${layout}:v1`, ref),
    async pull(ref) {
      const folder = fresh('regctl');
      await regctl('image', 'copy', ref, `ocidir://${folder}:v1`);
      return onlyEntry(folder);
    },
  },
  {
    name: 'skopeo',
    push: (ref) => skopeo('copy', '--dest-tls-verify=false', `oci:${layout}:v1`, `docker://${ref}`),
    async pull(ref) {
      const folder = fresh('skopeo');
      await skopeo('copy', '--src-tls-verify=false', '--preserve-digests', `docker://${ref}`, `dir:${folder}`);
      return digestOf((await ports.files.readBytes(`${folder}/manifest.json`)) ?? '');
    },
  },
];

async function freshContext(dockerfile: string): Promise<string> {
  const context = fresh('context');
  await ports.files.write(`${context}/nonce.txt`, ports.random.hex(32));
  await ports.files.write(`${context}/Dockerfile`, dockerfile);
  return context;
}

const pairs = clients.map((pusher, place) => {
  const puller = clients[(place + 1) % clients.length] ?? pusher;
  return { pusher, puller, pushes: pusher.name, pulls: puller.name };
});

describe('our registry', () => {
  it.each(pairs)(
    'takes an image that $pushes pushes, and $pulls pulls it by the same digest',
    async ({ pusher, puller }) => {
      const repository = freshRepository(registry, 'pushed');
      const ref = refText({ repository, tag: tag('v1') });
      await pusher.push(ref);
      const resolved = await client.resolve(repository, tag('v1'));
      expect(resolved?.digest).toMatch(/^sha256:/);
      expect(await puller.pull(ref)).toBe(resolved?.digest);
      expect(await crane('digest', ref)).toBe(resolved?.digest);
      await crane('validate', '--remote', ref);
    },
    limitMs,
  );
});

describe('an index with attestations, pushed by buildx to our registry', () => {
  let built: Repository;
  let digest: Digest;

  beforeAll(async () => {
    built = freshRepository(registry, 'built');
    const ref = refText({ repository: built, tag: tag('v1') });
    const context = await freshContext('FROM scratch\nCOPY nonce.txt /nonce.txt\n');
    const platforms = ['--platform', 'linux/amd64,linux/arm64', '--provenance', 'mode=max'];
    const output = `type=image,name=${ref},push=true,store=false`;
    await buildx('build', '--builder', lab.builders.engine, ...platforms, '--output', output, context);
    const resolved = await client.resolve(built, tag('v1'));
    if (resolved === undefined) throw new Error('nothing was pushed');
    digest = resolved.digest;
  }, limitMs);

  const copies: readonly (readonly [string, (from: string, to: string) => Promise<unknown>])[] = [
    ['crane copy', (from, to) => crane('copy', from, to)],
    ['regctl image copy', (from, to) => regctl('image', 'copy', from, to)],
    [
      'skopeo copy --all',
      (from, to) =>
        skopeo(
          'copy',
          '--all',
          '--src-tls-verify=false',
          '--dest-tls-verify=false',
          `docker://${from}`,
          `docker://${to}`,
        ),
    ],
  ];

  it.each(copies)(
    'is the same byte by byte after %s',
    async (_, copy) => {
      const target = freshRepository(registry, 'copied');
      await copy(refText({ repository: built, tag: tag('v1') }), refText({ repository: target, tag: tag('v1') }));
      const original = await client.readManifest(built, digest);
      const copied = await client.readManifest(target, tag('v1'));
      expect(copied).toEqual(original);
      if (copied === undefined) throw new Error('nothing was copied');
      const back = await createStore(ports, fresh('back'));
      const counted = await copyContent(repositoryContent(client, target), back, copied);
      expect(counted).toMatchObject({ manifests: 5 });
    },
    limitMs,
  );
});
