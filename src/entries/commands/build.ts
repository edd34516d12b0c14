import { stepExitCode } from '../../domain/step.ts';
import { runStep } from '../../pipelines/one-step.ts';
import { againText } from '../../reports/reproduction.ts';
import { stepDocument, stepText } from '../../reports/step-text.ts';
import {
  builderOptions,
  type Command,
  deskOptions,
  deskWords,
  readBuilderOptions,
  readDeskOptions,
} from '../command.ts';

/** Only the build. */
export const command: Command = {
  name: 'build',
  about: 'Build images, and keep them in .slipway/stores, where `slipway scan` and `slipway test` find them.',
  options: { ...deskOptions, ...builderOptions },
  async run({ ports, arguments: given, print }) {
    const outcome = await runStep(ports, 'build', { ...readDeskOptions(given), builder: readBuilderOptions(given) });
    const images = outcome.images.map((image) => image.outcome);
    const end = againText(images, { options: deskWords(given) });
    print(given.flag('json') ? `${JSON.stringify(stepDocument(outcome))}\n` : stepText(outcome, end));
    return stepExitCode(outcome);
  },
};
