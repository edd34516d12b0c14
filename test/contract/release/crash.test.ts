import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../../src/adapters/create-ports.ts';
import type { RegistryClient } from '../../../src/clients/registry/client.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { ReleaseJournal } from '../../../src/domain/release-journal.ts';
import type { ReleaseState } from '../../../src/domain/release-machine.ts';
import { release } from '../../../src/stages/release.ts';
import { resume } from '../../../src/stages/resume.ts';
import { inParallel } from '../../../src/store/parallel.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { type EmbeddedRegistry, startEmbedded } from '../../support/registries.ts';
import type { ReleaseTask } from '../../support/release-process.ts';
import { type MadeRelease, madeRelease, namedBy, stageRelease } from '../../support/release-set.ts';

/** Which points: a campaign takes other seeds, and more of them. */
const seed = Number(process.env.SLIPWAY_SEED ?? 1);
const pointCount = Number(process.env.SLIPWAY_POINTS ?? 54);
const count = 2;
const atOnce = 3;
const ports = createPorts();
let registry: EmbeddedRegistry;
let client: RegistryClient;
let folder: string;
let labels: readonly string[];

beforeAll(async () => {
  registry = await startEmbedded({ clock: ports.clock });
  client = createRegistryClient(ports);
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-crash-'));
  labels = (await released(await begun('list'), 0, 'SIGKILL')).labels;
}, 60_000);

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await ports[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Begun {
  readonly name: string;
  readonly prefix: string;
  readonly old: MadeRelease;
  readonly made: MadeRelease;
}

/** A set that was released as 1.2.2, and lies there to be released as 1.2.3. */
async function begun(name: string): Promise<Begun> {
  const prefix = `${registry.host}/${name}`;
  const old = madeRelease('1.2.2', { count, prefix });
  const made = madeRelease('1.2.3', { count, prefix });
  for (const one of [old, made]) await stageRelease(client, one);
  await release({ registry: client, clock: ports.clock, log: recordingLog() }, old, 'all');
  return { name, prefix, old, made };
}

interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly state: ReleaseState | 'cancelled' | undefined;
  readonly labels: readonly string[];
}

/** Releases 1.2.3 in a process of its own, to which something happens at a point. */
async function released({ name, prefix }: Begun, point: number, signal: ReleaseTask['signal']): Promise<Ended> {
  const task: ReleaseTask = { prefix, version: '1.2.3', count, journal: journalOf(name), point, signal };
  const file = path.join(folder, `${name}.task.json`);
  await writeFile(file, JSON.stringify(task));
  const entry = fileURLToPath(new URL('../../support/release-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), entry, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, ended) => {
      if (ended === null && exitCode !== 0 && exitCode !== 130)
        reject(new Error(`it ended with ${exitCode}\n${stderr}`));
      const said: Pick<Ended, 'state' | 'labels'> = text === '' ? { state: undefined, labels: [] } : JSON.parse(text);
      resolve({ exitCode, signal: ended, ...said });
    });
  });
}

function journalOf(name: string): string {
  return path.join(folder, `${name}.journal.json`);
}

/** Takes up what was broken off: by its journal where one was written, else by running it again. */
async function takenUp({ name, made }: Begun): Promise<ReleaseState> {
  const text = await readFile(journalOf(name), 'utf8').catch(() => undefined);
  const driven = { registry: client, clock: ports.clock, log: recordingLog() };
  const report =
    text === undefined
      ? await release(driven, made, 'all')
      : await resume(driven, ReleaseJournal.parse(JSON.parse(text)), {});
  return report.state;
}

/** What a killed process had sent already may still be written: it waits until nothing comes any more. */
async function quiet(): Promise<void> {
  for (let answered = -1; answered !== registry.lines.length || registry.underWay > 0; ) {
    answered = registry.lines.length;
    await new Promise((done) => setTimeout(done, 150));
  }
}

/** The writes of tags below a prefix since so many requests were answered. */
function tagWrites(name: string, since: number): readonly string[] {
  return registry.lines
    .slice(since)
    .filter(({ method, path: at }) => method === 'PUT' && at.startsWith(`/v2/${name}/`) && !at.includes('sha256:'))
    .map(({ path: at }) => at);
}

/** So many of them all, spread by the seed; those around writes are always among them. */
function chosen(all: readonly string[]): readonly number[] {
  const writes = all.flatMap((label, at) => (/ (PUT|POST|PATCH|DELETE) |journal/.test(label) ? [at + 1] : []));
  const step = Math.max(1, Math.floor(all.length / Math.max(1, pointCount - writes.length)));
  const spread = all.map((_, at) => at + 1).filter((point) => (point + seed) % step === 0);
  return [...new Set([...writes, ...spread])].sort((a, b) => a - b);
}

describe('a release that is killed', () => {
  it('has at least 40 labelled points', () => {
    expect(chosen(labels).length).toBeGreaterThanOrEqual(40);
  });

  it('at any of them is taken up, and ends as released with no write too many', async () => {
    const wrong: unknown[] = [];
    await inParallel(chosen(labels), atOnce, async (point) => {
      const work = await begun(`kill${point}`);
      const ended = await released(work, point, 'SIGKILL');
      await quiet();
      const before = await namedBy(client, work.made);
      const missing = Object.entries(work.made.wanted).filter(([tag, digest]) => before[tag] !== digest);
      const floating = Object.entries(before).filter(([tag]) => !tag.endsWith(':1.2.3'));
      const isBeforeCommit = Object.entries(before).some(
        ([tag, digest]) => tag.endsWith(':1.2.3') && digest === undefined,
      );
      const isEarly = isBeforeCommit && floating.some(([tag, digest]) => digest === work.made.wanted[tag]);
      const since = registry.lines.length;
      const state = await takenUp(work);
      const writes = tagWrites(work.name, since);
      const after = await namedBy(client, work.made);
      const isWhole = JSON.stringify(after) === JSON.stringify(work.made.wanted);
      const isFine = state === 'released' || (state === 'unchanged' && missing.length === 0);
      if (ended.signal !== 'SIGKILL' || isEarly || !isFine || !isWhole || writes.length !== missing.length) {
        wrong.push({ point, label: labels[point - 1], ended, state, writes, missing: missing.length, isEarly, after });
      }
      const again = registry.lines.length;
      const driven = { registry: client, clock: ports.clock, log: recordingLog() };
      const repeated = (await release(driven, work.made, 'all')).state;
      if (repeated !== 'unchanged' || tagWrites(work.name, again).length > 0) wrong.push({ point, repeated });
    });
    expect(wrong).toEqual([]);
  }, 600_000);
});

describe('F31: a release that the runner asks to stop', () => {
  it('stops before its commit point, or is whole: no set is left mixed', async () => {
    const wrong: unknown[] = [];
    const points = chosen(labels).filter((_, at) => at % 3 === seed % 3);
    const ends = new Set<string>();
    await inParallel(points, atOnce, async (point) => {
      const work = await begun(`int${point}`);
      const ended = await released(work, point, 'SIGINT');
      const after = await namedBy(client, work.made);
      const floating = Object.entries(after).filter(([tag]) => !tag.endsWith(':1.2.3'));
      const isNew = floating.every(([tag, digest]) => digest === work.made.wanted[tag]);
      const isOld = floating.every(([tag, digest]) => {
        const place = Number(/^image(\d+)/.exec(tag)?.[1]);
        return digest === work.old.images[place]?.made.manifest.digest;
      });
      ends.add(`${ended.state} ${isNew ? 'new' : isOld ? 'old' : 'mixed'} ${ended.exitCode}`);
      if ((await takenUp(work)) === 'partial') wrong.push({ point, ended });
      if (JSON.stringify(await namedBy(client, work.made)) !== JSON.stringify(work.made.wanted)) wrong.push({ point });
    });
    expect(wrong).toEqual([]);
    // Refused by a request that was cut off counts as stopped, too.
    expect([...ends].sort()).toEqual(['cancelled old 130', 'released new 0']);
  }, 600_000);
});
