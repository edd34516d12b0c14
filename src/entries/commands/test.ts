import { usageError } from '../../adapters/arguments.ts';
import { stepExitCode } from '../../domain/step.ts';
import { runShell, runStep } from '../../pipelines/one-step.ts';
import { commandLine } from '../../reports/reproduction.ts';
import { stepDocument, stepText } from '../../reports/step-text.ts';
import type { Command } from '../command.ts';
import { heldOptions, heldWords, readHeldOptions } from '../held-options.ts';

/** Only the tests. */
export const command: Command = {
  name: 'test',
  about: 'Test the very bytes that `slipway build` or a failed run has kept; what is kept nowhere is built first.',
  options: {
    ...heldOptions,
    test: { kind: 'values', value: 'NAME', about: 'only the test of this name; may be given again' },
    run: { kind: 'value', value: 'COMMAND', about: 'in place of all tests, this command for the shell of the image' },
    shell: { kind: 'flag', about: 'instead of testing, open a shell in a container that is made as that of the test' },
  },
  async run({ ports, arguments: given, print }) {
    const options = { ...readHeldOptions(given), tests: given.values('test'), run: given.value('run') };
    if (options.run !== undefined && options.tests !== undefined) {
      throw usageError('--run stands in for all tests, and --test chooses among them', 'give one of them');
    }
    if (given.flag('shell')) {
      if (options.images?.length !== 1) throw usageError('--shell opens one image', 'name it: --image KEY');
      const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
      return (await runShell(ports, options, { isTerminal })) === 0 ? 0 : 1;
    }
    const outcome = await runStep(ports, 'test', options);
    const red = outcome.images.find(({ outcome: image }) => image.kind === 'failed' && image.built !== undefined);
    const words = ['slipway', 'test', ...heldWords(given), '--image', red?.outcome.key ?? '', '--shell'];
    const end = red === undefined ? [] : [`To look around inside: ${commandLine(words)}`];
    print(given.flag('json') ? `${JSON.stringify(stepDocument(outcome))}\n` : stepText(outcome, end));
    return stepExitCode(outcome);
  },
};
