import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './command.ts';
import { LabError } from './lab-error.ts';
import type { Layout } from './layout.ts';
import { isAlive, statOf } from './process-identity.ts';
import { stopProcess } from './process-stop.ts';
import { timed } from './progress.ts';
import { readJson, Service, writeJson } from './state.ts';

/** A background process as it should be. */
export interface ServicePlan {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  readonly address: string;
  readonly isReady: () => Promise<boolean>;
  /** Clears what an earlier process of this name left behind. */
  readonly beforeStart?: () => Promise<void>;
}

const READY_WITHIN_MS = 40_000;
const POLL_MS = 50;
/** An engine stops its containers first. */
export const STOP_GRACE_MS = 15_000;

/** Keeps a service that runs as planned; replaces one that has died, hangs or was planned differently. */
export async function ensureService(layout: Layout, plan: ServicePlan): Promise<Service> {
  const previous = recordedService(layout, plan.name);
  if (previous !== undefined && isAlive(previous)) {
    const isSame = previous.command.join('\0') === plan.command.join('\0');
    if (isSame && (await plan.isReady())) return previous;
    await stopProcess(previous, STOP_GRACE_MS);
  }
  return timed(plan.name, `listens on ${plan.address}`, () => start(layout, plan));
}

/** What was started under this name, whether it still runs or not. */
export function recordedService(layout: Layout, name: string): Service | undefined {
  return Service.safeParse(readJson(recordFile(layout, name))).data;
}

/** Everything this checkout has started. */
export function recordedServices(layout: Layout): readonly Service[] {
  if (!existsSync(layout.servicesDir)) return [];
  return readdirSync(layout.servicesDir)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => recordedService(layout, path.basename(file, '.json')) ?? []);
}

/** A service's own output; a registry writes its access log here and everything else to the error log. */
export function outputLog(layout: Layout, name: string): string {
  return path.join(layout.logsDir, `${name}.out`);
}

/** Drops the record of a service that the lab does without. */
export async function forgetService(layout: Layout, name: string): Promise<void> {
  await rm(recordFile(layout, name), { force: true });
}

function recordFile(layout: Layout, name: string): string {
  return path.join(layout.servicesDir, `${name}.json`);
}

async function start(layout: Layout, plan: ServicePlan): Promise<Service> {
  await plan.beforeStart?.();
  mkdirSync(layout.logsDir, { recursive: true });
  const log = path.join(layout.logsDir, `${plan.name}.err`);
  const logStart = existsSync(log) ? statSync(log).size : 0;
  const identity = await spawnDetached(plan, outputLog(layout, plan.name), log);
  const service = { name: plan.name, ...identity, command: plan.command, address: plan.address, log };
  // Recorded before it is ready, so that `down` finds it when `up` fails half way.
  await writeJson(recordFile(layout, plan.name), service);
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (!(await plan.isReady())) {
    if (!isAlive(service) || performance.now() > deadlineMs) {
      const reason = isAlive(service) ? 'did not become ready' : 'ended at once';
      const output = lastLines(readFileSync(log).subarray(logStart).toString('utf8'), 8);
      await stopProcess(service, STOP_GRACE_MS);
      throw new LabError(`${plan.name} ${reason} (see ${log})\n${output}`);
    }
    await sleep(POLL_MS);
  }
  return service;
}

async function spawnDetached(
  plan: ServicePlan,
  outFile: string,
  errFile: string,
): Promise<{ readonly pid: number; readonly startTime: string }> {
  const [program, ...args] = plan.command;
  const out = openSync(outFile, 'a');
  const err = openSync(errFile, 'a');
  try {
    const child = spawn(program, args, {
      cwd: '/',
      detached: true,
      env: { ...process.env, ...plan.env },
      stdio: ['ignore', out, err],
    });
    await once(child, 'spawn');
    child.unref();
    const stat = child.pid === undefined ? undefined : statOf(child.pid);
    if (stat === undefined) throw new LabError(`${plan.name} ended at once (see ${errFile})`);
    return { pid: stat.pid, startTime: stat.startTime };
  } finally {
    closeSync(out);
    closeSync(err);
  }
}
