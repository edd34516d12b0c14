import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../../script/commands/lab/port.ts';
import type { TestRegistry } from '../registries.ts';

export interface DebianOptions {
  readonly readOnly?: boolean;
  /** Its content lies on a disk of this size, in a namespace of its own. */
  readonly diskMiB?: number;
  /** The file to which it writes a line for each request that it has answered. */
  readonly accessLog?: string;
}

/** A docker-registry of one test, which can be killed and started again on the same port and folder. */
export interface DebianRegistry extends TestRegistry {
  /** Where its content is; with a disk of its own only the registry sees it. */
  readonly storage: string;
  /** kill -9 */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Removes what no tag names, while the registry is down. */
  collect(): Promise<void>;
}

const readyWithinMs = 120_000;

export async function startDebian({
  readOnly = false,
  diskMiB,
  accessLog,
}: DebianOptions = {}): Promise<DebianRegistry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-debian-'));
  const storage = path.join(folder, 'storage');
  const config = path.join(folder, 'config.json');
  const host = `127.0.0.1:${await freePort()}`;
  const maintenance = { uploadpurging: { enabled: false }, readonly: { enabled: readOnly } };
  const stored = { filesystem: { rootdirectory: storage }, delete: { enabled: true }, maintenance };
  await mkdir(storage);
  // The registry reads YAML, of which JSON is a part.
  const log = { level: 'error', accesslog: { disabled: accessLog === undefined } };
  await writeFile(config, JSON.stringify({ version: 0.1, log, storage: stored, http: { addr: host } }));
  const serve = ['docker-registry', 'serve', config];
  const onDisk = `mount -t tmpfs -o size=${diskMiB}m none "$0" && exec "$@"`;
  const [program = '', ...args] =
    diskMiB === undefined ? serve : ['unshare', '--map-root-user', '--mount', 'sh', '-c', onDisk, storage, ...serve];

  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  const start = async (): Promise<void> => {
    const out = accessLog === undefined ? undefined : await open(accessLog, 'a');
    const stdio = ['ignore', out?.fd ?? 'ignore', 'ignore'] as const;
    const started = spawn(program, args, { stdio: [...stdio], env: { PATH: process.env.PATH ?? '' } });
    child = started;
    started.once('spawn', () => void out?.close());
    await once(started, 'spawn');
    const deadlineMs = performance.now() + readyWithinMs;
    while (!(await answers(host))) {
      if (started.exitCode !== null || performance.now() > deadlineMs) {
        await kill();
        throw new Error(`docker-registry did not come up (exit code ${started.exitCode})`);
      }
      await sleep(20);
    }
  };
  await start();
  return {
    host,
    storage,
    kill,
    start,
    async collect() {
      await kill();
      await promisify(execFile)('docker-registry', ['garbage-collect', '-m', config]);
      await start();
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(host: string): Promise<boolean> {
  try {
    return (await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
