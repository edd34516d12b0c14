import { createPorts } from '../adapters/create-ports.ts';
import { bugExitCode, CancelledError, PartialError, SlipwayError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';
import { errorText } from '../reports/error-text.ts';

/** Runs the work of an entry and turns what it throws into four parts and an exit code; the only place that does. */
export async function finish(work: (ports: Ports) => Promise<number>): Promise<number> {
  await using ports = createPorts({ verbose: process.env.SLIPWAY_VERBOSE === '1' });
  try {
    return await work(ports);
  } catch (thrown) {
    // Once somebody asked us to stop, whatever broke broke because of that; a release says itself how it ended.
    const isTold = thrown instanceof CancelledError || thrown instanceof PartialError;
    const error: unknown = ports.signals.cancelled.aborted && !isTold ? ports.signals.cancelled.reason : thrown;
    if (error instanceof SlipwayError) {
      process.stderr.write(ports.secrets.clean(errorText(error)));
      return error.exitCode;
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = `error bug: this is a mistake in Slipway, please report it with these lines\n${stack}\n`;
    process.stderr.write(ports.secrets.clean(text));
    return bugExitCode;
  }
}
