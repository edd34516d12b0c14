import { usageError } from '../../adapters/arguments.ts';
import { prune } from '../../pipelines/prune.ts';
import type { Command } from '../command.ts';

/** What nothing refers to. */
export const command: Command = {
  name: 'prune',
  about: 'Drop blobs that nothing refers to from a store or from the folder of a registry.',
  operands: 'FOLDER',
  options: {
    'older-than': { kind: 'value', value: 'HOURS', about: 'drop what is older than this; 24 by default' },
    json: { kind: 'flag', about: 'print the number of blobs and bytes as JSON' },
  },
  async run({ ports, arguments: given, print }) {
    const [folder, ...more] = given.positionals;
    if (folder === undefined || more.length > 0) {
      throw usageError('name one folder', 'for example: slipway prune .slipway/registry');
    }
    const hours = Number(given.value('older-than') ?? '24');
    if (!(hours >= 0)) throw usageError('--older-than is no number of hours', 'for example: --older-than 1');
    const dropped = await prune(ports, folder, hours * 3_600_000);
    const { count, bytes } = dropped;
    print(given.flag('json') ? `${JSON.stringify(dropped)}\n` : `dropped ${count} blobs, ${bytes} bytes\n`);
    return 0;
  },
};
