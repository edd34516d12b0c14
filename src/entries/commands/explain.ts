import { usageError } from '../../adapters/arguments.ts';
import { explain } from '../../pipelines/explain.ts';
import { explainText } from '../../reports/explain-text.ts';
import type { Command } from '../command.ts';

/** Why two images differ. */
export const command: Command = {
  name: 'explain',
  about:
    'Show why two images differ: layers with their instruction, line and paths, keys of the config, and the cause where something proves it. A and B: a reference in a registry, a store, an archive, or engine:NAME.',
  operands: 'A B',
  options: {
    json: { kind: 'flag', about: 'print JSON' },
    dockerfile: {
      kind: 'value',
      value: 'FILE',
      about: 'the Dockerfile of both, for the lines; by default the one in their provenance',
    },
    target: { kind: 'value', value: 'STAGE', about: 'the stage of it that they are; by default the last one' },
  },
  async run({ ports, arguments: given, print }) {
    const [a, b, ...more] = given.positionals;
    if (a === undefined || b === undefined || more.length > 0) {
      throw usageError('name two images', 'for example: slipway explain ghcr.io/owner/app:1.0 ghcr.io/owner/app:1.1');
    }
    const question = { dockerfile: given.value('dockerfile'), target: given.value('target') };
    const difference = await explain(ports, [a, b], question);
    print(given.flag('json') ? `${JSON.stringify(difference)}\n` : explainText(difference));
    return 0;
  },
};
