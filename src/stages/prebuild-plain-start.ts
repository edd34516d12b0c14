import { readStartImage } from '../clients/devcontainer-image.ts';
import { overrideConfig } from '../domain/devcontainer/override.ts';
import { type PlainStart, planStart } from '../domain/devcontainer/plain-start.ts';
import type { ImageStart } from '../domain/devcontainer/run-args.ts';
import type { Numbers } from '../domain/devcontainer/user-number.ts';
import type { Ports } from '../ports/ports.ts';
import { enterPlain, lookAround, runPlain } from './prebuilding/plain-container.ts';
import { hooksOnTheWay, runPlainHooks } from './prebuilding/plain-hooks.ts';
import type { EnteredContainer } from './prebuilding/plain-program.ts';
import type { ContainerFacts } from './prebuilding/probe.ts';
import type { DevcontainerProject } from './prebuilding/project.ts';
import type { RunningContainer } from './prebuilding/running-container.ts';

/** What is asked of a start without the CLI. */
export interface PlainQuestion {
  readonly project: DevcontainerProject;
  readonly reference: string;
  /** What the image says, where somebody has looked already. */
  readonly image: ImageStart | undefined;
  readonly label: string;
  /** The folder that git says the repository is in. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly updateUid: boolean;
  readonly self: Numbers;
  /** What the hooks get, which run at once or, if they are late, when somebody asks for it. */
  readonly hookEnv: Readonly<Record<string, string>>;
  readonly isLate: boolean;
}

/**
 * Starts the container as the CLI would, but with nothing between us and docker. Undefined where it cannot be told exactly what
 * the CLI would do, or where docker refuses: then the CLI does it, and finds what was made by its label.
 */
export async function startPlain(
  ports: Pick<Ports, 'exec' | 'files' | 'log'>,
  question: PlainQuestion,
): Promise<RunningContainer | undefined> {
  const { reference, project, hookEnv, isLate, env: clientEnv } = question;
  const plain = await planOf(ports, question);
  if (plain === undefined) return undefined;
  ports.log.info(`${reference} is started without the CLI of dev containers`);
  const started = await runPlain(ports, plain);
  if (started === undefined) return undefined;
  const entered: EnteredContainer = { plain, container: started.containerId, clientEnv };
  const onTheWay = isLate ? undefined : hooksOnTheWay(ports.log, plain, hookEnv);
  const facts = await enterPlain(ports, entered, onTheWay);
  if (facts === undefined) return undefined;
  const hasHooks = plain.hooks.length > 0 && onTheWay === undefined;
  const runHooks = async (env: Readonly<Record<string, string>>): Promise<ContainerFacts> => {
    await runPlainHooks(ports, entered, { facts, env });
    // One may have changed what shells say.
    const again = await lookAround(ports, entered);
    if (again === undefined) throw new Error(`the container of ${project.configFile} does not answer any more`);
    return again;
  };
  const isDone = hasHooks && !isLate;
  return { started, facts: isDone ? await runHooks(hookEnv) : facts, hasHooks: hasHooks && isLate, runHooks };
}

async function planOf(
  { exec }: Pick<Ports, 'exec'>,
  { project, reference, image, ...question }: PlainQuestion,
): Promise<PlainStart | undefined> {
  const start = image ?? (await readStartImage(exec, reference))?.start;
  if (start === undefined) return undefined;
  return planStart({
    ...question,
    folder: project.folder,
    config: overrideConfig(project.config, reference),
    image: start,
  });
}
