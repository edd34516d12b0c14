import { type Arguments, usageError } from '../../adapters/arguments.ts';
import { createTerminalQuestions } from '../../adapters/terminal-questions.ts';
import { type TemplateName, templateNames } from '../../formats/init/template-choices.ts';
import { type InitOptions, init } from '../../pipelines/init.ts';
import { initText } from '../../reports/init-text.ts';
import { type Command, deskOptions } from '../command.ts';

const usual = { python: '3.12', id: 1000 };
const largestId = 60_000;

/** The files that a repository needs. */
export const command: Command = {
  name: 'init',
  about:
    'Write slipway.yml and a workflow for what is found here, and where asked a Dockerfile. On a terminal it asks.',
  options: {
    repo: deskOptions.repo,
    template: {
      kind: 'value',
      value: 'NAME',
      about: `also write a Dockerfile in stages, .dockerignore and compose.yaml: ${templateNames.join(', ')}`,
    },
    registry: { kind: 'value', value: 'PREFIX', about: 'where images are published; by default what is found' },
    repository: {
      kind: 'value',
      value: 'PATTERN',
      about: 'the name of each repository, such as widgets-{key}; by default the key, or what is found',
    },
    platform: { kind: 'values', value: 'PLATFORM', about: 'build for this platform; may be given again' },
    generate: { kind: 'value', value: 'COMMAND', about: 'what makes the Dockerfiles; it is run once now' },
    name: {
      kind: 'value',
      value: 'NAME',
      about: 'with --template: what the images are called, by default as the repository',
    },
    python: { kind: 'value', value: 'VERSION', about: `with --template: the Python, by default ${usual.python}` },
    uid: { kind: 'value', value: 'N', about: `with --template: the number of the user, by default ${usual.id}` },
    gid: { kind: 'value', value: 'N', about: 'with --template: that of its group, by default that of the user' },
    run: {
      kind: 'values',
      value: 'NAME=COMMAND',
      about: 'what runs in the dev container that is found; each makes a workflow NAME.yml',
    },
    'no-weekly': { kind: 'flag', about: 'leave out the weekly run that builds everything anew' },
    force: { kind: 'flag', about: 'write over files that are there' },
    yes: { kind: 'flag', about: 'ask nothing, also on a terminal' },
    json: deskOptions.json,
  },
  async run({ ports, arguments: given, print }) {
    const options = readOptions(given);
    const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
    using questions =
      isTerminal && !given.flag('yes')
        ? createTerminalQuestions({
            input: process.stdin,
            output: process.stderr,
            cancelled: ports.signals.cancelled,
          })
        : null;
    const outcome = await init(ports, options, questions ?? undefined);
    print(given.flag('json') ? `${JSON.stringify(outcome)}\n` : initText(outcome));
    return 0;
  },
};

function readOptions(given: Arguments): InitOptions {
  const uid = idIn(given, 'uid') ?? usual.id;
  const repository = given.value('repository');
  if (repository !== undefined && !/^[a-z0-9._/-]*\{key\}[a-z0-9._/-]*$/.test(repository)) {
    throw usageError('--repository is no pattern for names', 'write {key} where the key goes: widgets-{key}');
  }
  const python = given.value('python') ?? usual.python;
  if (!/^\d+(?:\.\d+){0,2}(?:rc\d+)?$/.test(python)) throw usageError('--python is no version', 'for example: 3.12');
  return {
    repo: given.value('repo') ?? '.',
    template: templateIn(given.value('template')),
    registry: given.value('registry'),
    repository,
    platforms: given.values('platform') ?? [],
    generate: given.value('generate'),
    name: given.value('name'),
    python,
    uid,
    gid: idIn(given, 'gid') ?? uid,
    weekly: !given.flag('no-weekly'),
    runs: given.values('run') ?? [],
    force: given.flag('force'),
  };
}

function templateIn(name: string | undefined): TemplateName | undefined {
  const template = templateNames.find((one) => one === name);
  if (name === undefined || template !== undefined) return template;
  throw usageError(`there is no template ${JSON.stringify(name)}`, `there are ${templateNames.join(', ')}`);
}

/** Root is what templates are there to avoid. */
function idIn(given: Arguments, option: 'uid' | 'gid'): number | undefined {
  const text = given.value(option);
  if (text === undefined) return undefined;
  const id = Number(text);
  if (/^\d+$/.test(text) && id >= 1 && id <= largestId) return id;
  throw usageError(`--${option} is no number of a user`, `take one between 1 and ${largestId}, such as that of id -u`);
}
