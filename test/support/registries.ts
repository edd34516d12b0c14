import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createFiles } from '../../src/adapters/files.ts';
import { createHttpServer } from '../../src/adapters/http-server.ts';
import { createProcesses } from '../../src/adapters/processes.ts';
import { createRandom } from '../../src/adapters/random.ts';
import { createRegistryClient, type RegistryClient } from '../../src/clients/registry/client.ts';
import type { FindCredentials } from '../../src/clients/registry/login.ts';
import { parseRepository, parseTag, type Repository, type Tag } from '../../src/domain/image-ref.ts';
import type { TempFolder } from '../../src/ports/files.ts';
import type { ServedRequest, ServedResponse } from '../../src/ports/http-server.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { ServedLine } from '../../src/store/registry/answers.ts';
import { registryHandler } from '../../src/store/registry/handler.ts';
import { openRegistryFolder } from '../../src/store/repositories.ts';
import type { Lab } from './lab.ts';

/** A registry that a test may push to. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
}

/** Our registry on a real port and a real disk, with every request that it answered. */
export interface EmbeddedRegistry extends TestRegistry {
  readonly lines: readonly ServedLine[];
  /** How many requests it is answering just now: what they write may be there before their lines are. */
  readonly underWay: number;
}

/** What answers the requests of a server. */
export type Handler = (request: ServedRequest) => Promise<ServedResponse>;

/** Starts our registry in a folder of its own; `guard` stands before it, if a test wants a door. */
export async function startEmbedded(
  ports: Pick<Ports, 'clock'>,
  guard: (handler: Handler) => Handler = (handler) => handler,
): Promise<EmbeddedRegistry> {
  const files = createFiles();
  const folder: TempFolder = await files.tempFolder('slipway-registry-');
  const lines: ServedLine[] = [];
  const content = openRegistryFolder(
    { files, clock: ports.clock, processes: createProcesses(), random: createRandom() },
    folder.path,
  );
  const handler = registryHandler(content, { onRequest: (line) => void lines.push(line) });
  let underWay = 0;
  const counted: Handler = async (request) => {
    underWay += 1;
    try {
      return await handler(request);
    } finally {
      underWay -= 1;
    }
  };
  const server = await createHttpServer().listen(guard(counted));
  return {
    host: `127.0.0.1:${server.port}`,
    lines,
    get underWay() {
      return underWay;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Debian's docker-registry, which belongs to the lab and stays when a test ends. */
export function labRegistry(lab: Lab): TestRegistry {
  return { host: lab.registry, async [Symbol.asyncDispose]() {} };
}

/** The registry in memory of go-containerregistry. */
export async function startCraneRegistry(lab: Lab): Promise<TestRegistry> {
  const child = spawn(lab.tools.crane, ['registry', 'serve', '--address', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await lineWith(child, child.stderr, /serving on port (\d+)/);
  return {
    host: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => ended(child),
  };
}

/** Our registry as a process of its own, which can be killed. */
export interface RegistryProcess extends TestRegistry {
  kill(): Promise<void>;
}

/** Starts `registry-process.ts` on a folder; its clock is ahead of ours by so many milliseconds. */
export async function startRegistryProcess(folder: string, clockAheadMs: number): Promise<RegistryProcess> {
  const entry = fileURLToPath(new URL('./registry-process.ts', import.meta.url));
  const tsx = import.meta.resolve('tsx');
  // It ends with its input, so it cannot outlive a test run that is itself killed.
  const child = spawn(process.execPath, ['--import', tsx, entry, folder, `${clockAheadMs}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await lineWith(child, child.stdout, /^listening on (\d+)$/);
  const kill = () => ended(child);
  return { host: `127.0.0.1:${port}`, kill, [Symbol.asyncDispose]: kill };
}

/** A client of any registry; the ports are those of one test file. */
export function clientOf(ports: Ports, credentials?: FindCredentials): RegistryClient {
  return createRegistryClient(ports, credentials === undefined ? {} : { credentials });
}

/** A repository that no other test and no earlier run has used. */
export function freshRepository(registry: TestRegistry, name: string): Repository {
  return repositoryAt(registry, `contract/${name}-${randomBytes(6).toString('hex')}`);
}

/** The repository of a registry that has this path. */
export function repositoryAt(registry: TestRegistry, path: string): Repository {
  return parseRepository(`${registry.host}/${path}`, 'test');
}

/** A tag that a test spells out. */
export function tag(text: string): Tag {
  return parseTag(text, 'test');
}

/** All bytes of a content that must be there. */
export async function collect(content: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  if (content === undefined) throw new Error('there is no content');
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Waits for the first line that says where a process listens. */
function lineWith(child: ChildProcess, stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`it ended with ${code} and said: ${said.join('\n')}`)));
    // Also after that line it is read, so that the process never waits for us.
    createInterface(stream).on('line', (line) => {
      said.push(line);
      const found = pattern.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
