import { RefusedError, type SlipwayError, ToolError } from '../../domain/errors.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import type { BuildFailure } from '../../formats/buildkit-progress.ts';
import type { Ports } from '../../ports/ports.ts';

const state = 'nothing of this image was published';

/** Shows the lines of the log that matter, and says who can mend it: the Dockerfile's author, or who runs the machines. */
export function failure(
  { log }: Pick<Ports, 'log'>,
  build: {
    readonly image: PlannedImage;
    readonly builder: string;
    readonly store: string;
    /** The builder does not run any more: it was killed, and its steps with it, and either may be heard first. */
    readonly isGone: boolean;
  },
  result: BuildFailure,
): SlipwayError {
  const { image, builder, store } = build;
  log.relay(result.lines, `the end of the build of ${image.key}`);
  const last = result.lines.at(-1)?.slice(0, 300) ?? 'buildx said nothing';
  if (build.isGone || isLost(result.step, last)) {
    return new ToolError({
      code: 'builder-lost',
      what: `the builder went away in the middle of the build: ${last}`,
      where: builder,
      state,
      next: 'did it run out of memory, or was it restarted? Its own log knows; then run again',
    });
  }
  if (isDiskFull(last)) {
    const isOurs = result.step?.startsWith('exporting to') === true;
    return new ToolError({
      code: 'disk-full',
      what: `the disk ${isOurs ? 'that the build was to land on' : 'of the builder'} is full: ${last}`,
      where: isOurs ? store : builder,
      state,
      next: isOurs
        ? 'free space and run again'
        : `free space, for example with \`docker buildx prune --builder ${builder}\``,
    });
  }
  return new RefusedError({
    code: 'build-failed',
    what: `the build failed${result.step === undefined ? '' : ` at ${JSON.stringify(result.step.slice(0, 200))}`}: ${last}`,
    where: { file: image.dockerfile, ...(result.line === undefined ? {} : { line: result.line }) },
    state,
    next: 'mend that line; the end of the build log is above',
  });
}

/** Whether the talk with BuildKit ended before BuildKit had said how the build did. */
function isLost(step: string | undefined, last: string): boolean {
  if (step === '[internal] waiting for connection') return true;
  return step === undefined && /^ERROR: (?:failed to build: )?failed to receive status: rpc error:/.test(last);
}

/** Of a command that prints these words and fails the error ends with its exit code. */
function isDiskFull(last: string): boolean {
  return last.endsWith('no space left on device');
}
