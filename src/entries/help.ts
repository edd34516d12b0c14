import type { OptionSpec } from '../adapters/arguments.ts';
import { table } from '../reports/table.ts';
import type { Command } from './command.ts';

/** The help of one command. */
export function commandHelp(command: Command): string {
  const help: OptionSpec = { kind: 'flag', about: 'show this' };
  const options = Object.entries({ ...command.options, help }).map(([name, { value, about }]) => {
    return [`  --${name}${value === undefined ? '' : ` ${value}`}`, about];
  });
  const operands = command.operands === undefined ? '' : ` ${command.operands}`;
  return `slipway ${command.name}${operands} [options]\n\n${command.about}\n\n${table(options).join('\n')}\n`;
}

/** The help of the whole program. */
export function programHelp(commands: readonly { readonly name: string; readonly about: string }[]): string {
  const rows = commands.map(({ name, about }) => [`  ${name}`, about]);
  return [
    'slipway: publish sets of container images; what you tested is what you ship',
    '',
    'slipway COMMAND [options]',
    '',
    ...table(rows),
    '',
    '`slipway COMMAND --help` shows the options of a command.',
    'Exit codes: 0 done, 1 refused, 2 bad config or usage, 3 registry, 4 a tool failed, 5 released in part, 70 our bug.',
    '',
  ].join('\n');
}
