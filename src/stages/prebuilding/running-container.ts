import type { StartedContainer } from '../../formats/devcontainer-result.ts';
import type { ContainerFacts } from './probe.ts';

/** A container that runs, and how to speak to it. */
export interface RunningContainer {
  readonly started: StartedContainer;
  readonly facts: ContainerFacts;
  /** Its hooks are still to be run before anybody works there. */
  readonly hasHooks: boolean;
  /** Runs the hooks with these variables, and looks again: one may have put programs into the path. */
  runHooks(env: Readonly<Record<string, string>>): Promise<ContainerFacts>;
}
