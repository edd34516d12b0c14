import { usageError } from '../../adapters/arguments.ts';
import { findBundledCli } from '../../adapters/devcontainer-cli.ts';
import { noCache } from '../../adapters/no-cache.ts';
import { venvNames } from '../../domain/devcontainer/venv-manager.ts';
import { devcontainerAtDesk } from '../../pipelines/devcontainer/at-desk.ts';
import { devcontainerText } from '../../reports/devcontainer-text.ts';
import type { Command } from '../command.ts';

const venvChoices = ['none', 'auto', ...venvNames] as const;

/** The dev container of a repository. */
export const command: Command = {
  name: 'devcontainer',
  about:
    'Run a command in the dev container of a repository: the published one, or one that is built if something changed.',
  operands: 'COMMAND',
  options: {
    repo: { kind: 'value', value: 'DIR', about: 'the repository; by default the folder you are in' },
    config: { kind: 'value', value: 'FILE', about: 'the devcontainer.json, relative to the repository' },
    image: { kind: 'value', value: 'IMAGE', about: 'where the image is published; without it, it is built here' },
    push: { kind: 'flag', about: 'publish what was built, and move the tag' },
    env: {
      kind: 'values',
      value: 'NAME[=VALUE]',
      about: 'a variable for the hooks and the command; may be given again',
    },
    venv: {
      kind: 'value',
      value: 'TOOL',
      about: `install the packages of a Python project first: ${venvChoices.join(', ')}; by default none`,
    },
    json: { kind: 'flag', about: 'print the result as JSON' },
  },
  async run({ ports, arguments: given, print }) {
    const [command, ...more] = given.positionals;
    if (more.length > 0)
      throw usageError('a command is one word for the shell', "put it in quotes: slipway devcontainer 'make test'");
    const venv = venvChoices.find((one) => one === (given.value('venv') ?? 'none'));
    if (venv === undefined) throw usageError('--venv names no tool', `choose from: ${venvChoices.join(', ')}`);
    const outcome = await devcontainerAtDesk({ ...ports, cache: noCache }, findBundledCli(), {
      repo: given.value('repo') ?? '.',
      config: given.value('config'),
      image: given.value('image'),
      push: given.flag('push'),
      env: given.values('env') ?? [],
      venv,
      command,
    });
    print(given.flag('json') ? `${JSON.stringify(outcome)}\n` : devcontainerText(outcome));
    return outcome.command?.exitCode ?? 0;
  },
};
