import type { HostTest } from '../../domain/planned-test.ts';
import { type Attempted, attemptOf, refuseOtherImage, type Subject, type TakeLine, type TestPorts } from './attempt.ts';
import { withLocalTags } from './local-tags.ts';

const graceMs = 10_000;

/** Runs a command of this machine once, which finds the image by its variables or by the name that the project gives it. */
export async function runOnHost(
  ports: TestPorts,
  { subject, test }: { readonly subject: Subject; readonly test: HostTest },
  take: TakeLine,
): Promise<Attempted> {
  const { engine, image, platform, reference, version, folder } = subject;
  const engineImage = (await engine.image(reference))?.id ?? '';
  refuseOtherImage(engineImage, subject);
  const env = {
    ...subject.env,
    ...test.env,
    SLIPWAY_IMAGE: reference,
    SLIPWAY_KEY: image.key,
    SLIPWAY_VERSION: version ?? '',
    SLIPWAY_PLATFORM: platform.platform,
    ...matrixVariables(image.matrix),
  };
  const [program = 'true', ...args] = test.command;
  const timeoutMs = test.timeoutMinutes * 60_000;
  return withLocalTags(ports.random, subject, async () => {
    const started = ports.clock.now().getTime();
    const { exitCode } = await ports.exec.run(program, args, { cwd: folder, env, timeoutMs, graceMs, onLine: take });
    const timedOut = exitCode === 124 && ports.clock.now().getTime() - started >= timeoutMs;
    return { ...attemptOf({ exitCode, timedOut }, test.timeoutMinutes), engineImage };
  });
}

function matrixVariables(matrix: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(matrix).map(([name, value]) => [`SLIPWAY_MATRIX_${name.toUpperCase()}`, value]),
  );
}
