import { ConfigError, type Place } from '../domain/errors.ts';
import { type Platform, parsePlatform } from '../domain/platform.ts';
import { type DockerfileLine, type DockerfileLines, instructionIn, wordsIn } from './dockerfile-lines.ts';
import { type StageSource, sourcesOf } from './dockerfile-sources.ts';
import { type PiecedText, plainText } from './pieced-text.ts';
import { type Budget, fullBudget } from './variable-budget.ts';
import { expandVariables, type VariableValues } from './variable-text.ts';

/** A stage of a Dockerfile. */
export interface Stage {
  readonly name: string | undefined;
  readonly image: PiecedText;
  /** Names in its FROM line that have no value. */
  readonly unset: readonly string[];
  readonly line: number;
  /** The one its base is taken for; `builder` is whichever the builder has, `undefined` the one that is built. */
  readonly platform: Platform | 'builder' | undefined;
  readonly sources: readonly StageSource[];
  /** Those of the stages that are built on it. */
  readonly onBuild: readonly StageSource[];
}

/** What decides how the stages of a Dockerfile are read. */
export interface StageOptions {
  readonly file: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly platform: Platform;
  readonly builderPlatform: Platform | undefined;
}

const maxStages = 1_000;
/** Longer than the longest host, path, tag and digest together. */
const maxImageLength = 1024;

/** Reads the stages of a Dockerfile with the arguments of one platform. */
export function readStages({ escapeChar, lines }: DockerfileLines, options: StageOptions): readonly Stage[] {
  const globals = new Globals(options, () => {
    const last = lines.findLast(({ keyword }) => keyword === 'FROM');
    return last === undefined ? undefined : stageNameIn(wordsIn(last.rest, escapeChar));
  });
  const stages: OpenStage[] = [];
  const budget = fullBudget();
  for (const instruction of lines) {
    const { keyword, line, rest } = instruction;
    const where = { file: options.file, line };
    const current = stages.at(-1);
    const reading = { escapeChar, where, budget };
    if (keyword === 'FROM') {
      if (stages.length === maxStages) throw tooMuch(`it has more than ${maxStages} stages`, where);
      stages.push(fromIn(instruction, globals, reading));
    } else if (current === undefined) {
      if (keyword === 'ARG') readGlobals(instruction, options.buildArgs, globals, reading);
    } else if (keyword === 'ONBUILD') {
      current.onBuild.push(...sourcesOf(instructionIn(rest, line, escapeChar), where));
    } else {
      current.sources.push(...sourcesOf(instruction, where));
    }
  }
  return stages;
}

interface Reading {
  readonly escapeChar: string;
  readonly where: Place;
  readonly budget: Budget;
}

/** A stage whose instructions are still to come. */
interface OpenStage extends Stage {
  readonly sources: StageSource[];
  readonly onBuild: StageSource[];
}

function fromIn(instruction: DockerfileLine, values: VariableValues, reading: Reading): OpenStage {
  const { escapeChar, where, budget } = reading;
  const words = wordsIn(instruction.rest, escapeChar);
  const [written = ''] = words;
  const unset = new Set<string>();
  const onUnset = (name: string): void => void unset.add(name);
  const image = expandVariables(written, { escapeChar, where, budget, values, onUnset });
  const { length } = plainText(image);
  if (length === 0) throw noBase(written, reading.where);
  if (length > maxImageLength) {
    throw tooMuch(
      `FROM names an image with ${length} characters, and none has more than ${maxImageLength}`,
      reading.where,
    );
  }
  const flag = instruction.flags.find((one) => one.startsWith('--platform='))?.slice('--platform='.length);
  return {
    name: stageNameIn(words),
    image,
    unset: [...unset],
    line: instruction.line,
    platform: flag === undefined ? undefined : platformIn(flag, values, reading),
    sources: [],
    onBuild: [],
  };
}

/** The name that a FROM line gives to its stage. */
function stageNameIn([, as, name]: readonly string[]): string | undefined {
  return as?.toLowerCase() === 'as' ? name?.toLowerCase() : undefined;
}

function platformIn(flag: string, values: VariableValues, reading: Reading): Stage['platform'] {
  const text = plainText(expandVariables(flag, { ...reading, values }));
  if (text === '' && /\$\{?BUILD/.test(flag)) return 'builder';
  try {
    // An architecture alone is one of Linux here, as nearly always.
    return parsePlatform(text.includes('/') ? text : `linux/${text}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { code, what, state, next } = error;
    throw new ConfigError({ code, what, state, next, where: reading.where });
  }
}

/** An ARG before the first FROM; its default may be made of earlier ones. */
function readGlobals(arg: DockerfileLine, given: StageOptions['buildArgs'], values: Globals, reading: Reading): void {
  for (const word of wordsIn(arg.rest, reading.escapeChar)) {
    const sign = word.indexOf('=');
    const name = sign < 0 ? word : word.slice(0, sign);
    const told = Object.hasOwn(given, name) ? given[name] : undefined;
    if (told !== undefined) values.set(name, [{ text: told, source: name }]);
    else if (sign > 0) {
      const { escapeChar, where, budget } = reading;
      values.set(name, expandVariables(word.slice(sign + 1), { escapeChar, where, budget, values, source: name }));
    }
  }
}

/** What FROM lines know: the arguments before the first of them, and what BuildKit knows without any. */
class Globals implements VariableValues {
  readonly #options: StageOptions;
  readonly #lastStage: () => string | undefined;
  readonly #set = new Map<string, PiecedText>();

  constructor(options: StageOptions, lastStage: () => string | undefined) {
    this.#options = options;
    this.#lastStage = lastStage;
  }

  set(name: string, value: PiecedText): void {
    this.#set.set(name, value);
  }

  get(name: string): PiecedText | undefined {
    return this.#set.get(name) ?? this.#known(name);
  }

  /** Looked up when it is asked for: most Dockerfiles ask for none of it. */
  #known(name: string): PiecedText | undefined {
    if (name !== 'TARGETSTAGE' && !ofPlatform.test(name)) return undefined;
    const { buildArgs } = this.#options;
    const text = Object.hasOwn(buildArgs, name) ? buildArgs[name] : this.#usual(name);
    return text === undefined ? undefined : [{ text, source: name }];
  }

  #usual(name: string): string | undefined {
    const { target, platform, builderPlatform } = this.#options;
    if (name === 'TARGETSTAGE') return target ?? this.#lastStage() ?? 'default';
    const [, whose, what] = ofPlatform.exec(name) ?? [];
    const of = whose === 'TARGET' ? platform : builderPlatform;
    if (what === undefined || of === undefined) return undefined;
    const [os, architecture, variant = ''] = of.split('/');
    return { PLATFORM: of, OS: os, ARCH: architecture, VARIANT: variant }[what];
  }
}

const ofPlatform = /^(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)$/;

function tooMuch(what: string, where: Place): ConfigError {
  return new ConfigError({
    code: 'dockerfile-invalid',
    what,
    where,
    state: 'nothing was built',
    next: 'is it a Dockerfile? If it is, split it',
  });
}

function noBase(whole: string, where: Place): ConfigError {
  const written = whole.slice(0, 200);
  const names = [...written.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1]);
  return new ConfigError({
    code: 'dockerfile-no-base',
    what: `FROM ${written} names no image`,
    where,
    state: 'nothing was built',
    next:
      names.length === 0
        ? 'name an image'
        : `give ${names.join(', ')} a value: a default at its ARG, or an entry in build-args`,
  });
}
