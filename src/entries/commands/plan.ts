import { planHere } from '../../pipelines/plan.ts';
import { planText } from '../../reports/plan-table.ts';
import { type Command, deskOptions, readDeskOptions } from '../command.ts';

/** What a run would do. */
export const command: Command = {
  name: 'plan',
  about: 'Show what a run would build, why, and which tags would move. Nothing is changed.',
  options: {
    ...deskOptions,
    registry: {
      kind: 'value',
      value: 'PREFIX',
      about: 'where images are published; by default what the configuration says',
    },
    offline: { kind: 'flag', about: 'ask no registry; without --since every image then counts as changed' },
    since: { kind: 'value', value: 'REV', about: 'what changed since this revision, working tree included, decides' },
  },
  async run({ ports, arguments: given, print }) {
    const options = {
      ...readDeskOptions(given),
      registry: given.value('registry'),
      offline: given.flag('offline'),
      since: given.value('since'),
    };
    const plan = await planHere(ports, options);
    print(given.flag('json') ? `${JSON.stringify(plan)}\n` : planText(plan));
    return 0;
  },
};
