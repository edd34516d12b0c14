import type { Arguments, OptionSpec } from '../adapters/arguments.ts';
import { buildKitImage } from '../domain/buildkit-image.ts';
import type { Ports } from '../ports/ports.ts';

/** What a command works with. */
export interface CommandContext {
  readonly ports: Ports;
  readonly arguments: Arguments;
  /** Writes the result; everything else goes to the log. */
  readonly print: (text: string) => void;
}

/** One command of `slipway`. */
export interface Command {
  readonly name: string;
  readonly about: string;
  /** What follows the name, beside options. */
  readonly operands?: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Runs it and answers with the exit code. */
  run(context: CommandContext): Promise<number>;
}

/** The options by which every command finds the repository and learns what happened. */
export const deskOptions = {
  repo: { kind: 'value', value: 'DIR', about: 'the repository; by default the folder you are in' },
  config: { kind: 'value', value: 'FILE', about: 'the configuration; by default slipway.yml or .github/slipway.yml' },
  event: { kind: 'value', value: 'NAME', about: 'the event to act on: push (default), pull_request, schedule, …' },
  'event-file': {
    kind: 'value',
    value: 'FILE',
    about: 'the event as GitHub gives it, in JSON; --event and --ref win over it',
  },
  ref: { kind: 'value', value: 'REF', about: 'a branch, or a full ref such as refs/tags/v1.2.3' },
  'rebuild-base': { kind: 'flag', about: 'with workflow_dispatch: build everything anew' },
  tags: { kind: 'value', value: 'FILE', about: 'tags that another tool chose, one on a line; they stand in for ours' },
  image: { kind: 'values', value: 'KEY', about: 'only this image and what it is built on; may be given again' },
  json: { kind: 'flag', about: 'print the result as JSON' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The values of those options. */
export function readDeskOptions(values: Arguments): {
  readonly repo: string;
  readonly config: string | undefined;
  readonly event: string | undefined;
  readonly eventFile: string | undefined;
  readonly ref: string | undefined;
  readonly rebuildBase: boolean;
  readonly images: readonly string[] | undefined;
  readonly tags: string | undefined;
} {
  return {
    repo: values.value('repo') ?? '.',
    config: values.value('config'),
    event: values.value('event'),
    eventFile: values.value('event-file'),
    ref: values.value('ref'),
    rebuildBase: values.flag('rebuild-base'),
    images: values.values('image'),
    tags: values.value('tags'),
  };
}

/** The options by which a command that builds learns with what. */
export const builderOptions = {
  builder: {
    kind: 'value',
    value: 'NAME',
    about:
      'the builder of buildx to use; by default the current one, or where that cannot, one that is made and removed',
  },
  'buildkit-image': {
    kind: 'value',
    value: 'IMAGE',
    about: `what such a builder is made of; by default ${buildKitImage}`,
  },
  'buildkit-config': { kind: 'value', value: 'FILE', about: 'the configuration of BuildKit in it' },
  'driver-opt': { kind: 'values', value: 'NAME=VALUE', about: 'an option of its driver; may be given again' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The values of those options. */
export function readBuilderOptions(values: Arguments): {
  readonly name: string | undefined;
  readonly image: string | undefined;
  readonly config: string | undefined;
  readonly driverOptions: readonly string[] | undefined;
} {
  return {
    name: values.value('builder'),
    image: values.value('buildkit-image'),
    config: values.value('buildkit-config'),
    driverOptions: values.values('driver-opt'),
  };
}

/** The options by which the repository was found, as they would be typed again. */
export function deskWords(values: Arguments): readonly string[] {
  const names = [
    'repo',
    'config',
    'event',
    'event-file',
    'ref',
    'tags',
  ] as const satisfies (keyof typeof deskOptions)[];
  const words = names.flatMap((name) => {
    const value = values.value(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  return values.flag('rebuild-base') ? [...words, '--rebuild-base'] : words;
}
