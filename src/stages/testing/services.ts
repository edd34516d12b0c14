import { runServices, startServices } from '../../clients/compose.ts';
import { ownerLabel } from '../../clients/engine-container.ts';
import { joinPath } from '../../domain/path.ts';
import type { PlannedSetTest } from '../../domain/planned-set-test.ts';
import type { ContainerTest } from '../../domain/planned-test.ts';
import type { Subject, TakeLine, TestPorts } from './attempt.ts';

const mostSeconds = 300;

/** Does something while the services that a test names run; it is told their network. */
export async function withServices<T>(
  { exec, random }: Pick<TestPorts, 'exec' | 'random'>,
  run: { readonly subject: Subject; readonly test: ContainerTest; readonly onLine: TakeLine },
  body: (network: string | undefined) => Promise<T>,
): Promise<T> {
  const { subject, test } = run;
  const { services: file } = test.sandbox;
  if (file === null) return body(undefined);
  await using services = await startServices(exec, {
    ...projectOf({ ...subject, file }, random),
    waitSeconds: Math.min(mostSeconds, Math.max(1, Math.ceil(test.timeoutMinutes * 60))),
    onLine: run.onLine,
  });
  return await body(services.network);
}

/** Runs the services of a set's test until the one that decides has ended; the others may be the images of the set. */
export function runServicesTest(
  { exec, random }: Pick<TestPorts, 'exec' | 'random'>,
  run: Pick<Subject, 'folder' | 'owner' | 'env'> & {
    readonly test: Extract<PlannedSetTest, { kind: 'compose' }>;
    readonly timeoutMs: number;
  },
  onLine: TakeLine,
): Promise<number> {
  const { file, service } = run.test;
  const { timeoutMs } = run;
  return runServices(exec, { ...projectOf({ ...run, file }, random), onLine }, { service, timeoutMs });
}

function projectOf(
  { folder, owner, env, file }: Pick<Subject, 'folder' | 'owner' | 'env'> & { readonly file: string },
  random: TestPorts['random'],
) {
  return {
    file: joinPath(folder, file),
    folder,
    // The owner is for people who look at the engine; what is ours is found by its label.
    project: `slipway-${owner.toLowerCase().replace(/[^a-z0-9-]/g, '-')}-${random.hex(6)}`,
    labels: { [ownerLabel]: owner },
    env,
  };
}
