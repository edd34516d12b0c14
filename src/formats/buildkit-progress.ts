import { z } from 'zod';

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
  logs: z.array(z.object({ vertex: z.string(), data: z.string().nullish() })).nullish(),
});
export type ProgressLine = z.infer<typeof ProgressLine>;

/** A step of a build. */
export interface BuildStep {
  readonly name: string;
  readonly state: 'started' | 'done' | 'cached' | 'failed';
  readonly error?: string;
}

const longestLogLine = 2000;

/** Follows the progress of one build. It keeps the last lines of every step, so that a failure can be shown. */
export class BuildProgress {
  readonly #names = new Map<string, string>();
  readonly #states = new Map<string, BuildStep>();
  readonly #logs = new Map<string, string[]>();
  readonly #plain: string[] = [];

  /** Reads one line; what changed by it comes back. Lines that are no progress are kept as they are. */
  read(line: string): readonly BuildStep[] {
    const progress = parse(line);
    if (progress === undefined) {
      if (line.trim() !== '') this.#plain.push(line.slice(0, longestLogLine));
      this.#plain.splice(0, this.#plain.length - 100);
      return [];
    }
    for (const log of progress.logs ?? []) this.#addLog(log.vertex, log.data ?? '');
    return (progress.vertexes ?? []).flatMap((vertex) => {
      this.#names.set(vertex.digest, vertex.name);
      const state = stateOf(vertex);
      if (state === undefined || this.#states.get(vertex.digest)?.state === state) return [];
      const step: BuildStep = { name: vertex.name, state, ...(vertex.error ? { error: vertex.error } : {}) };
      this.#states.set(vertex.digest, step);
      return [step];
    });
  }

  /** The steps of Dockerfiles that were taken from the cache and those that were executed. */
  counts(): { readonly cached: number; readonly executed: number } {
    const steps = [...this.#states.values()].filter((step) => /^\[(?!internal\b)/.test(step.name));
    const cached = steps.filter((step) => step.state === 'cached').length;
    return { cached, executed: steps.length - cached };
  }

  /** What to show of a failure: the failed step with its last lines, else what buildx itself said. */
  failure(): { readonly step: string | undefined; readonly lines: readonly string[] } {
    const failed = [...this.#states].find(([, step]) => step.state === 'failed' && !isCancelled(step));
    if (failed === undefined) return { step: undefined, lines: this.#plain.slice(-20) };
    const [digest, step] = failed;
    const logs = (this.#logs.get(digest) ?? []).slice(-40);
    return { step: step.name, lines: step.error === undefined ? logs : [...logs, step.error] };
  }

  #addLog(digest: string, base64: string): void {
    const lines = this.#logs.get(digest) ?? [];
    const text = decoded(base64);
    for (const line of text.split(/\r?\n/)) if (line !== '') lines.push(line.slice(0, longestLogLine));
    lines.splice(0, lines.length - 100);
    this.#logs.set(digest, lines);
  }
}

/** The text of a log; what is not in the form that BuildKit writes is shown as it came. */
function decoded(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  } catch {
    return base64;
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
