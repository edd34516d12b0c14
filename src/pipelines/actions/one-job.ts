import { RemoteError, SlipwayError } from '../../domain/errors.ts';
import type { JobStep } from '../../domain/job-report.ts';
import type { Artifacts } from '../../ports/artifacts.ts';
import type { ActionPorts } from '../../ports/ports.ts';

/** The steps of a whole run in one job: each is what an action of its own does, and hands on to the next one here. */
export class OneJob {
  /** As an action has them; what it sets as output is heard by us alone. */
  readonly ports: ActionPorts;
  /** As the job was given them: what was sent by these, somebody else can read. */
  readonly artifacts: Artifacts;
  readonly #outputs = new Map<string, string>();
  readonly #steps: JobStep[] = [];

  constructor(ports: ActionPorts) {
    const set = async (name: string, value: string): Promise<void> => void this.#outputs.set(name, value);
    this.artifacts = ports.artifacts;
    this.ports = { ...ports, outputs: { ...ports.outputs, set }, artifacts: rememberedArtifacts(ports) };
  }

  get steps(): readonly JobStep[] {
    return this.#steps;
  }

  /** What an action has set; empty where it has not. */
  output(name: string): string {
    return this.#outputs.get(name) ?? '';
  }

  /** All outputs, as a later job would get them. */
  get results(): string {
    return JSON.stringify(Object.fromEntries(this.#outputs));
  }

  /** Does a step, and keeps how it ended: in the words that it answers with, or with its error. */
  async step(name: string, work: () => Promise<string>): Promise<void> {
    try {
      this.#steps.push({ name, end: 'done', text: await work() });
    } catch (error) {
      const text = error instanceof SlipwayError ? `${error.code}: ${error.what}` : String(error);
      this.#steps.push({ name, end: 'failed', text });
      throw error;
    }
  }

  leaveOut(name: string, why: string): void {
    this.#steps.push({ name, end: 'left-out', text: why });
  }
}

/** Artifacts that the same job reads again: they need no service for that, and one that fails costs people a look at them and nothing else. */
function rememberedArtifacts({ artifacts, log }: Pick<ActionPorts, 'artifacts' | 'log'>): Artifacts {
  const known = new Map<string, Readonly<Record<string, Uint8Array>>>();
  return {
    async upload(name, files) {
      known.set(name, files);
      try {
        await artifacts.upload(name, files);
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        log.warning(`the artifact ${name} could not be kept: ${error.what}`);
      }
    },
    async download(name) {
      return known.get(name) ?? (await artifacts.download(name));
    },
  };
}
