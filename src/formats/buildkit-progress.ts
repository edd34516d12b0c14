import { z } from 'zod';
import type { Digest } from '../domain/digest.ts';
import { isAboutCache, type UsedCache, usedCache, writtenCache } from './buildkit-cache.ts';
import { type BuildWarning, decodedBase64, failedLine, ProgressWarning, readWarning } from './buildkit-warning.ts';

/** What one line of `--progress rawjson` says, as far as we use it. */
export const ProgressLine = z.object({
  vertexes: z
    .array(
      z.object({
        digest: z.string(),
        name: z.string().default(''),
        started: z.string().nullish(),
        completed: z.string().nullish(),
        cached: z.boolean().optional(),
        error: z.string().optional(),
      }),
    )
    .nullish(),
  statuses: z.array(z.object({ vertex: z.string(), id: z.string().default('') })).nullish(),
  logs: z.array(z.object({ vertex: z.string(), data: z.string().nullish() })).nullish(),
  warnings: z.array(ProgressWarning).nullish(),
});
export type ProgressLine = z.infer<typeof ProgressLine>;

/** A step of a build. */
export interface BuildStep {
  readonly name: string;
  readonly state: 'started' | 'done' | 'cached' | 'failed';
  readonly error?: string;
}

/** The end of a build that failed. */
export interface BuildFailure {
  readonly step: string | undefined;
  /** The line of the Dockerfile. */
  readonly line: number | undefined;
  readonly lines: readonly string[];
}

const longestLogLine = 2000;
/** A line of progress holds the whole Dockerfile beside each warning, and comes to us in pieces. */
const longestProgress = 8 * 1024 * 1024;

/** Tells whether a step is what BuildKit does for itself, which tells nobody anything about their image. */
export function isHousekeeping(name: string): boolean {
  return /^\[(?:[^\]]* )?(?:internal|context [^\]]*)\]/.test(name);
}

/** Follows the progress of one build. It keeps the last lines of every step, so that a failure can be shown. */
export class BuildProgress {
  readonly #names = new Map<string, string>();
  readonly #states = new Map<string, BuildStep>();
  readonly #logs = new Map<string, string[]>();
  readonly #plain: string[] = [];
  readonly #warnings = new Map<string, BuildWarning>();
  /** The manifests of the caches that were written, by step. */
  readonly #written = new Map<string, Digest>();
  #pieces = '';

  /** Reads one line; what changed by it comes back. Lines that are no progress are kept as they are. */
  read(line: string): readonly BuildStep[] {
    const progress = this.#parse(line);
    if (progress === undefined) {
      if (line.trim() !== '' && this.#pieces === '') this.#plain.push(line.slice(0, longestLogLine));
      this.#plain.splice(0, this.#plain.length - 100);
      return [];
    }
    for (const warning of (progress.warnings ?? []).map(readWarning))
      this.#warnings.set(`${warning.line} ${warning.text}`, warning);
    for (const { vertex, id } of progress.statuses ?? []) {
      const written = writtenCache(id);
      if (written !== undefined) this.#written.set(vertex, written);
    }
    for (const log of progress.logs ?? []) this.#addLog(log.vertex, log.data ?? '');
    return (progress.vertexes ?? []).flatMap((vertex) => {
      this.#names.set(vertex.digest, vertex.name);
      const state = stateOf(vertex);
      const before = this.#states.get(vertex.digest)?.state;
      if (state === undefined || before === state) return [];
      // A layer from a cache is unpacked under the name of its step, which is not executed for that.
      if (before === 'cached' && state !== 'failed') return [];
      const step: BuildStep = { name: vertex.name, state, ...(vertex.error ? { error: vertex.error } : {}) };
      this.#states.set(vertex.digest, step);
      return [step];
    });
  }

  /** The steps of Dockerfiles that were taken from the cache and those that were executed. */
  counts(): { readonly cached: number; readonly executed: number } {
    const steps = [...this.#states.values()].filter(({ name }) => name.startsWith('[') && !isHousekeeping(name));
    const cached = steps.filter((step) => step.state === 'cached').length;
    return { cached, executed: steps.length - cached };
  }

  /** Which caches BuildKit read and wrote, or could not, in the order in which it said so. */
  caches(): readonly UsedCache[] {
    return [...this.#states].flatMap(([vertex, step]) => usedCache(step, this.#written.get(vertex)) ?? []);
  }

  /** What the checks of BuildKit found, each once, whichever platforms it was built for. */
  warnings(): readonly BuildWarning[] {
    return [...this.#warnings.values()];
  }

  /** What to show of a failure: the failed step with its last lines, else what buildx itself said. */
  failure(): BuildFailure {
    const line = failedLine(this.#plain);
    const all = [...this.#states].filter(([, step]) => step.state === 'failed' && !isCancelled(step));
    // A cache that cannot be read fails no build, and often did so before the step that does.
    const failed = all.find(([, { name }]) => !isAboutCache(name)) ?? all[0];
    if (failed === undefined) return { step: undefined, line, lines: this.#plain.slice(-20) };
    const [digest, step] = failed;
    const logs = (this.#logs.get(digest) ?? []).slice(-40);
    return { step: step.name, line, lines: step.error === undefined ? logs : [...logs, step.error] };
  }

  /** Progress from a line, or from the pieces of a long one of which it is the last. */
  #parse(line: string): ProgressLine | undefined {
    const progress = parse(line) ?? (this.#pieces === '' ? undefined : parse(this.#pieces + line));
    const isPiece = progress === undefined && (this.#pieces !== '' || /^\{"/.test(line)) && line.length >= 4096;
    this.#pieces = isPiece && this.#pieces.length < longestProgress ? this.#pieces + line : '';
    return progress;
  }

  #addLog(digest: string, base64: string): void {
    const lines = this.#logs.get(digest) ?? [];
    const text = decodedBase64(base64);
    for (const line of text.split(/\r?\n/)) if (line !== '') lines.push(line.slice(0, longestLogLine));
    lines.splice(0, lines.length - 100);
    this.#logs.set(digest, lines);
  }
}

function parse(line: string): ProgressLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const read = ProgressLine.safeParse(JSON.parse(line));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

function stateOf(vertex: NonNullable<ProgressLine['vertexes']>[number]): BuildStep['state'] | undefined {
  if (vertex.error !== undefined && vertex.error !== '') return 'failed';
  if (vertex.cached === true) return 'cached';
  if (typeof vertex.completed === 'string') return 'done';
  return typeof vertex.started === 'string' ? 'started' : undefined;
}

/** When one step fails BuildKit cancels the others, and says of each that it failed. */
function isCancelled(step: BuildStep): boolean {
  return /context canceled|cancelled/i.test(step.error ?? '');
}
