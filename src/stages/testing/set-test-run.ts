import type { PlannedSetTest } from '../../domain/planned-set-test.ts';
import { type Attempted, attemptOf, type TakeLine, type TestPorts } from './attempt.ts';
import { runServicesTest } from './services.ts';

const graceMs = 10_000;

/** How the test of a set ended. */
export type SetTestEnd = Pick<Attempted, 'state' | 'exitCode' | 'reason'>;

/** Runs the command of a set's test, or the services of its compose file until the one that decides has ended. */
export async function runSetTest(
  ports: Pick<TestPorts, 'clock' | 'exec' | 'random'>,
  run: {
    readonly test: PlannedSetTest;
    readonly env: Readonly<Record<string, string>>;
    readonly folder: string;
    readonly owner: string;
  },
  onLine: TakeLine,
): Promise<SetTestEnd> {
  const { test, env, folder } = run;
  const timeoutMs = test.timeoutMinutes * 60_000;
  const started = ports.clock.now().getTime();
  const exitCode =
    test.kind === 'compose'
      ? await runServicesTest(ports, { ...run, test, timeoutMs }, onLine)
      : await runCommand(test.command);
  const timedOut = exitCode === 124 && ports.clock.now().getTime() - started >= timeoutMs;
  return attemptOf({ exitCode, timedOut }, test.timeoutMinutes);

  async function runCommand([program = 'true', ...args]: readonly string[]): Promise<number> {
    return (await ports.exec.run(program, args, { cwd: folder, env, timeoutMs, graceMs, onLine })).exitCode;
  }
}
