import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../script/commands/lab/port.ts';
import type { TestRegistry } from './registries.ts';
import { startTokenService } from './token-service.ts';

/** The accounts of `registries-doors.ts`, as `htpasswd -B` writes them. */
const passwords = [
  'writer:$2y$04$7UyQ3MyHVm4aCjiKzhZHR.YGJaVTxlW4Hrl48jxTRfqyh6xbt/Ct.',
  'reader:$2y$04$ewvwsGYjiL.GUgGNLaKNLun350Z77vOa9bKU57yDLpNasLBOWA8KS',
];
const readyWithinMs = 120_000;

/** Starts a Distribution registry that asks for a sign-in. */
export async function startDistribution(program: string, signIn: 'password' | 'token'): Promise<TestRegistry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-distribution-'));
  const htpasswd = { realm: 'the contract', path: path.join(folder, 'htpasswd') };
  await writeFile(htpasswd.path, `${passwords.join('\n')}\n`);
  const host = `127.0.0.1:${await freePort()}`;
  const tokens = signIn === 'token' ? await startTokenService(host, folder) : undefined;
  const filesystem = { rootdirectory: path.join(folder, 'storage') };
  const maintenance = { uploadpurging: { enabled: false } };
  const storage = { filesystem, delete: { enabled: true }, maintenance };
  const log = { level: 'error', accesslog: { disabled: true } };
  const config = path.join(folder, 'config.json');
  const settings = { version: 0.1, log, storage, auth: tokens?.auth ?? { htpasswd }, http: { addr: host } };
  // The registry reads YAML, of which JSON is a part.
  await writeFile(config, JSON.stringify(settings));
  const child = spawn(program, ['serve', config], { stdio: 'ignore', env: { PATH: process.env.PATH ?? '' } });
  const dispose = async (): Promise<void> => {
    await ended(child);
    await tokens?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await once(child, 'spawn');
    await untilReady(child, host);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { host: tokens?.host ?? host, [Symbol.asyncDispose]: dispose };
}

async function untilReady(child: ChildProcess, host: string): Promise<void> {
  const deadlineMs = performance.now() + readyWithinMs;
  while (!(await answers(host))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error(`no registry came up at ${host}`);
    await sleep(20);
  }
}

async function answers(host: string): Promise<boolean> {
  try {
    return (await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(1000) })).status === 401;
  } catch {
    return false;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
