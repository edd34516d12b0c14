import type { z } from 'zod';
import { createRunnerPorts, withHandoff } from '../adapters/runner/create-action-ports.ts';
import { readHost } from '../adapters/runner/host.ts';
import { createOutputs } from '../adapters/runner/outputs.ts';
import { bugExitCode, CancelledError, PartialError, SlipwayError } from '../domain/errors.ts';
import type { ActionDefinition } from '../formats/actions/definition.ts';
import type { Host } from '../ports/host.ts';
import type { ActionPorts, Ports } from '../ports/ports.ts';

type Pipeline<Inputs extends z.ZodObject> = (ports: ActionPorts, host: Host, inputs: z.infer<Inputs>) => Promise<void>;

/** An action: how its inputs are read, and what it does with them. */
export interface Action<Inputs extends z.ZodObject> {
  readonly definition: () => Promise<ActionDefinition<Inputs>>;
  readonly pipeline: () => Promise<Pipeline<Inputs>>;
}

/** Runs an action and tells what it throws as an annotation and an exit code. Each part is loaded once the one before it is right. */
export async function runAction<Inputs extends z.ZodObject>(action: Action<Inputs>): Promise<void> {
  await guarded(async (ports, said) => {
    const outputs = createOutputs(ports.files, ports.env);
    said.summary = (markdown) => outputs.summary(ports.secrets.clean(markdown));
    const host = await readHost(ports.env, ports.files);
    const withRunner = withHandoff(ports, host, {
      ...outputs,
      async summary(markdown) {
        said.told += markdown;
        await outputs.summary(markdown);
      },
    });
    const { readInputs } = await import('../adapters/runner/inputs.ts');
    const inputs = readInputs(ports.env, await action.definition());
    const pipeline = await action.pipeline();
    await pipeline(withRunner, host, inputs);
  });
}

/** Runs the step after a job. It may fail without anything being wrong with what was built. */
export async function runPost(
  pipeline: (ports: Ports, state: (name: string) => string | undefined) => Promise<void>,
): Promise<void> {
  await guarded((ports) => pipeline(ports, (name) => ports.env[`STATE_${name}`]));
}

interface Said {
  summary: ((markdown: string) => Promise<void>) | undefined;
  /** What the action itself has written into the summary. */
  told: string;
}

async function guarded(work: (ports: Ports, said: Said) => Promise<void>): Promise<void> {
  await using ports = createRunnerPorts();
  const said: Said = { summary: undefined, told: '' };
  try {
    await work(ports, said);
  } catch (thrown) {
    // A release says itself how it ended when somebody stopped it.
    const isTold = thrown instanceof CancelledError || thrown instanceof PartialError;
    const error: unknown = ports.signals.cancelled.aborted && !isTold ? ports.signals.cancelled.reason : thrown;
    process.exitCode = await tell(ports, said, error);
  }
}

async function tell(ports: Ports, said: Said, error: unknown): Promise<number> {
  if (!(error instanceof SlipwayError)) {
    ports.log.error(
      `a mistake in Slipway, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return bugExitCode;
  }
  const { code, what, where, state, next } = error;
  const place = typeof where === 'object' ? where : undefined;
  const lines = [
    `${code}: ${what}`,
    ...(typeof where === 'string' ? [`where: ${where}`] : []),
    `state: ${state}`,
    `next: ${next}`,
  ];
  ports.log.error(lines.join('\n'), place);
  const { errorSummary } = await import('../reports/error-summary.ts');
  const [, ...parts] = errorSummary(error).split('\n');
  // A summary in which it stands already ends as its author wants it.
  if (said.told.includes(ports.secrets.clean(parts.join('\n')))) return error.exitCode;
  // A summary that cannot be written must not hide why the step failed.
  await said
    .summary?.(`${errorSummary(error)}\n`)
    .catch((failure: unknown) => ports.log.warning(`no summary: ${String(failure)}`));
  return error.exitCode;
}
