import { type Arg, DockerfileParser, type From } from 'dockerfile-ast';
import { ConfigError } from '../domain/errors.ts';
import { expandVariables } from './variable-text.ts';

/** An image from outside of the Dockerfile that one of its stages needs. */
export interface DockerfileBase {
  /** The reference with its arguments put in. */
  readonly reference: string;
  /** From 1. */
  readonly line: number;
}

/** What a Dockerfile builds on, as far as the target needs it. */
export interface DockerfileFacts {
  readonly bases: readonly DockerfileBase[];
}

interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly line: number;
  /** What its COPY and RUN lines take files from. */
  readonly sources: readonly { readonly image: string; readonly line: number }[];
}

const state = 'nothing was built';

/** Reads which images a Dockerfile is built on with these arguments. */
export function parseDockerfile(
  text: string,
  options: {
    readonly file: string;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly target: string | null;
  },
): DockerfileFacts {
  const stages = readStages(text, options);
  if (stages.length === 0) {
    throw new ConfigError({
      code: 'dockerfile-invalid',
      what: 'the Dockerfile has no FROM line',
      where: { file: options.file },
      state,
      next: 'begin it with FROM and the image that it is built on',
    });
  }
  const last = options.target === null ? stages.at(-1) : stages.find((stage) => isNamed(stage, options.target ?? ''));
  if (last === undefined) {
    const names = stages.flatMap((stage) => (stage.name === undefined ? [] : [stage.name]));
    throw new ConfigError({
      code: 'dockerfile-no-target',
      what: `the Dockerfile has no stage ${JSON.stringify(options.target)}`,
      where: { file: options.file },
      state,
      next: names.length === 0 ? 'name a stage with AS, or take the target out' : `choose one of: ${names.join(', ')}`,
    });
  }
  const bases = new Map<string, DockerfileBase>();
  const seen = new Set<Stage>();
  const visit = (stage: Stage): void => {
    if (seen.has(stage)) return;
    seen.add(stage);
    const before = stages.slice(0, stages.indexOf(stage));
    for (const { image, line } of [stage, ...stage.sources]) {
      const other =
        before.find((candidate) => isNamed(candidate, image)) ?? before[/^\d+$/.test(image) ? Number(image) : -1];
      if (other !== undefined) visit(other);
      else if (image !== 'scratch' && !bases.has(image)) bases.set(image, { reference: image, line });
    }
  };
  visit(last);
  return { bases: [...bases.values()] };
}

function isNamed(stage: Stage, name: string): boolean {
  return stage.name?.toLowerCase() === name.toLowerCase();
}

function readStages(
  text: string,
  options: { readonly file: string; readonly buildArgs: Readonly<Record<string, string>> },
): readonly Stage[] {
  const dockerfile = DockerfileParser.parse(text.replace(/^\uFEFF/, ''));
  const globals = new Map<string, string>();
  const stages: {
    name: string | undefined;
    image: string;
    line: number;
    sources: { image: string; line: number }[];
  }[] = [];
  for (const instruction of dockerfile.getInstructions()) {
    const line = instruction.getRange().start.line + 1;
    const keyword = instruction.getKeyword();
    const current = stages.at(-1);
    if (keyword === 'ARG' && current === undefined && isArg(instruction)) {
      const property = instruction.getProperty();
      const name = property?.getName();
      if (name === undefined) continue;
      const given = options.buildArgs[name];
      const value =
        given ?? (property?.getValue() === null ? undefined : expandVariables(property?.getValue() ?? '', globals));
      if (value !== undefined) globals.set(name, value);
    } else if (keyword === 'FROM' && isFrom(instruction)) {
      const written = instruction.getImage() ?? '';
      const image = expandVariables(written, globals);
      if (image === '') throw noBase(written, { file: options.file, line });
      stages.push({ name: instruction.getBuildStage() ?? undefined, image, line, sources: [] });
    } else if (current !== undefined && (keyword === 'COPY' || keyword === 'RUN' || keyword === 'ADD')) {
      current.sources.push(...sourcesOf(instruction.getRawArgumentsContent() ?? '').map((image) => ({ image, line })));
    }
  }
  return stages;
}

/** The images in `--from=…` and `--mount=…,from=…`; BuildKit puts no variables into them. */
function sourcesOf(raw: string): readonly string[] {
  const flags: string[] = [];
  for (const word of raw
    .replace(/\\\r?\n/g, ' ')
    .trim()
    .split(/\s+/)) {
    if (!word.startsWith('--')) break;
    flags.push(word);
  }
  return flags.flatMap((flag) => {
    if (flag.startsWith('--from=')) return [flag.slice('--from='.length)];
    if (!flag.startsWith('--mount=')) return [];
    return flag
      .slice('--mount='.length)
      .split(',')
      .flatMap((part) => (part.startsWith('from=') ? [part.slice('from='.length)] : []));
  });
}

function noBase(written: string, where: { readonly file: string; readonly line: number }): ConfigError {
  const names = [...written.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1]);
  return new ConfigError({
    code: 'dockerfile-no-base',
    what: `FROM ${written} names no image`,
    where,
    state,
    next:
      names.length === 0
        ? 'name an image'
        : `give ${names.join(', ')} a value: a default at its ARG, or an entry in build-args`,
  });
}

function isArg(instruction: { getKeyword(): string }): instruction is Arg {
  return instruction.getKeyword() === 'ARG';
}

function isFrom(instruction: { getKeyword(): string }): instruction is From {
  return instruction.getKeyword() === 'FROM';
}
