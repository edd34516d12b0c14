import { type Arg, DockerfileParser, type From, type Instruction, type ModifiableInstruction } from 'dockerfile-ast';
import { ConfigError } from '../domain/errors.ts';
import type { Platform } from '../domain/platform.ts';
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

/** What decides how a Dockerfile is read. */
export interface DockerfileOptions {
  readonly file: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | null;
  /** BuildKit gives their names to FROM lines; one platform may be built on another image than the next. */
  readonly platforms: readonly Platform[];
}

/** Reads which images a Dockerfile is built on with these arguments, on any of the platforms. */
export function parseDockerfile(text: string, options: DockerfileOptions): DockerfileFacts {
  const bases = new Map<string, DockerfileBase>();
  for (const platform of options.platforms) {
    for (const base of basesOn(platform, text, options))
      if (!bases.has(base.reference)) bases.set(base.reference, base);
  }
  return { bases: [...bases.values()] };
}

function basesOn(platform: Platform, text: string, options: DockerfileOptions): readonly DockerfileBase[] {
  const stages = readStages(text, options, platform);
  if (stages.length === 0) {
    throw new ConfigError({
      code: 'dockerfile-invalid',
      what: 'the Dockerfile has no FROM line',
      where: { file: options.file },
      state,
      next: 'begin it with FROM and the image that it is built on',
    });
  }
  const last =
    options.target === null ? stages.at(-1) : stages.findLast((stage) => isNamed(stage, options.target ?? ''));
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
        before.findLast((candidate) => isNamed(candidate, image)) ?? before[/^\d+$/.test(image) ? Number(image) : -1];
      if (other !== undefined) visit(other);
      else if (image !== 'scratch' && !bases.has(image)) bases.set(image, { reference: image, line });
    }
  };
  visit(last);
  return [...bases.values()];
}

function isNamed(stage: Stage, name: string): boolean {
  return stage.name?.toLowerCase() === name.toLowerCase();
}

function readStages(text: string, options: DockerfileOptions, platform: Platform): readonly Stage[] {
  const dockerfile = DockerfileParser.parse(text.replace(/^\uFEFF/, ''));
  const globals = platformArgs(platform);
  const stages: (Stage & { sources: { readonly image: string; readonly line: number }[] })[] = [];
  for (const instruction of dockerfile.getInstructions()) {
    const line = instruction.getRange().start.line + 1;
    const current = stages.at(-1);
    if (isArg(instruction)) {
      if (current === undefined) readGlobals(instruction, options.buildArgs, globals);
    } else if (isFrom(instruction)) {
      const written = instruction.getImage() ?? '';
      const image = expandVariables(written, globals).replace(/^(["'])(.*)\1$/, '$2');
      if (image === '') throw noBase(written, { file: options.file, line });
      stages.push({ name: instruction.getBuildStage() ?? undefined, image, line, sources: [] });
    } else if (current !== undefined && hasFlags(instruction)) {
      current.sources.push(...sourcesOf(instruction).map((image) => ({ image, line })));
    }
  }
  return stages;
}

/** An ARG before the first FROM; its default may be made of earlier ones. */
function readGlobals(arg: Arg, given: Readonly<Record<string, string>>, globals: Map<string, string>): void {
  for (const property of arg.getProperties()) {
    const name = property.getName();
    const usual = property.getValue();
    const value = given[name] ?? (usual === null ? undefined : expandVariables(usual, globals));
    if (value !== undefined) globals.set(name, value);
  }
}

function platformArgs(platform: Platform): Map<string, string> {
  const [os = '', architecture = '', variant = ''] = platform.split('/');
  return new Map([
    ['TARGETPLATFORM', platform],
    ['TARGETOS', os],
    ['TARGETARCH', architecture],
    ['TARGETVARIANT', variant],
  ]);
}

/** The images in `--from=…` and `--mount=…,from=…`; BuildKit puts no variables into them. */
function sourcesOf(instruction: ModifiableInstruction): readonly string[] {
  return instruction.getFlags().flatMap((flag) => {
    const value = flag.getValue() ?? '';
    if (flag.getName() === 'from') return [value];
    if (flag.getName() !== 'mount') return [];
    return value.split(',').flatMap((part) => (part.startsWith('from=') ? [part.slice('from='.length)] : []));
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

function isArg(instruction: Instruction): instruction is Arg {
  return instruction.getKeyword() === 'ARG';
}

function isFrom(instruction: Instruction): instruction is From {
  return instruction.getKeyword() === 'FROM';
}

function hasFlags(instruction: Instruction): instruction is ModifiableInstruction {
  return ['COPY', 'ADD', 'RUN'].includes(instruction.getKeyword());
}
