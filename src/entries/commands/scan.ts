import { stepExitCode } from '../../domain/step.ts';
import { runStep } from '../../pipelines/one-step.ts';
import { stepDocument, stepText } from '../../reports/step-text.ts';
import type { Command } from '../command.ts';
import { heldOptions, readHeldOptions } from '../held-options.ts';

/** Only the scan. */
export const command: Command = {
  name: 'scan',
  about: 'Scan images that `slipway build` or a failed run has kept; what is kept nowhere is built first.',
  options: heldOptions,
  async run({ ports, arguments: given, print }) {
    const outcome = await runStep(ports, 'scan', readHeldOptions(given));
    print(given.flag('json') ? `${JSON.stringify(stepDocument(outcome))}\n` : stepText(outcome, []));
    return stepExitCode(outcome);
  },
};
