import type { Engine } from '../../clients/engine.ts';
import { RefusedError } from '../../domain/errors.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import type { PlatformRecord } from '../../domain/record.ts';
import type { CaseCounts, TestAttempt } from '../../domain/test-result.ts';
import type { Ports } from '../../ports/ports.ts';
import type { NoteName } from './engine-names.ts';
import type { Leaving } from './leaving.ts';

/** What tests need from outside. */
export type TestPorts = Pick<Ports, 'clock' | 'env' | 'exec' | 'files' | 'httpServer' | 'log' | 'random' | 'secrets'>;

/** An image on one platform, as the engine has it, and what its tests may know. */
export interface Subject {
  readonly engine: Engine;
  /** The name by which the engine has exactly these bytes. */
  readonly reference: string;
  readonly image: PlannedImage;
  readonly platform: PlatformRecord;
  readonly version: string | null;
  readonly owner: string;
  /** The repository's folder. */
  readonly folder: string;
  /** Ours without what belongs to the runner and to us, and with a configuration of Docker that has no passwords. */
  readonly env: Readonly<Record<string, string>>;
  readonly noteName: NoteName;
  /** Takes over containers that have ended; the image goes after them. */
  readonly ended: Leaving;
  /** Where what lives no longer than the run may lie; absent for where the system keeps such things. */
  readonly scratch: string | undefined;
}

/** How one attempt at a test ended. */
export interface Attempted extends Omit<TestAttempt, 'durationMs'> {
  /** What the engine says that it ran. */
  readonly engineImage: string;
  readonly cases?: CaseCounts;
}

export type TakeLine = (line: string) => void;

/** The engine names an image by its manifest, or with the classic store by its config. Anything else is not what we built. */
export function refuseOtherImage(found: string, { platform, image }: Subject): void {
  if (found === platform.digest || found === platform.config) return;
  throw new RefusedError({
    code: 'test-other-image',
    what: `the engine made the container of ${found}, and not of ${platform.digest}`,
    where: `${image.key} on ${platform.platform}`,
    state: 'nothing of this image was published',
    next: 'report this with the version of the engine that `slipway doctor` shows',
  });
}

/** How a command ended, in words. */
export function attemptOf(
  ended: { readonly exitCode: number; readonly timedOut: boolean },
  timeoutMinutes: number,
): Pick<Attempted, 'state' | 'exitCode' | 'reason'> {
  const { exitCode, timedOut } = ended;
  if (timedOut) return { state: 'failed', exitCode, reason: `no end after ${timeoutMinutes} min` };
  if (exitCode !== 0) return { state: 'failed', exitCode, reason: `exit code ${exitCode}` };
  return { state: 'passed', exitCode, reason: '' };
}
