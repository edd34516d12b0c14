import { ConfigError, type Place } from '../domain/errors.ts';
import type { Platform } from '../domain/platform.ts';
import { fixedEndOf, isUnderVariable } from './built-name.ts';
import { type DockerfileLines, readDockerfileLines } from './dockerfile-lines.ts';
import type { StageSource } from './dockerfile-sources.ts';
import { readStages, type Stage } from './dockerfile-stages.ts';
import { type PiecedText, plainText } from './pieced-text.ts';

/** An image from outside of the Dockerfile that one of its stages needs. */
export interface DockerfileBase {
  /** The reference with its arguments put in. */
  readonly reference: string;
  /** From 1. */
  readonly line: number;
  /** On which platforms it is needed. One that only the builder's own platform needs has none where that is unknown. */
  readonly platforms: readonly Platform[];
  /** What stands before the last part of its name was made of arguments. */
  readonly fromVariable: boolean;
  /** The parts at the end of its name that no argument before them changes: `base` of `${REGISTRY}/base:${TAG}`. */
  readonly fixedEnd: string;
  /** The arguments in it that have no value. */
  readonly unset: readonly string[];
}

/** What a Dockerfile builds on, as far as the target needs it. */
export interface DockerfileFacts {
  readonly bases: readonly DockerfileBase[];
}

const state = 'nothing was built';
/** How many times a stage may take files from somewhere, in all stages together. */
const maxVisits = 100_000;

/** What decides how a Dockerfile is read. */
export interface DockerfileOptions {
  readonly file: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | null;
  /** BuildKit gives their names to FROM lines; one platform may be built on another image than the next. */
  readonly platforms: readonly Platform[];
  /** Where `$BUILDPLATFORM` runs, if that is known. */
  readonly builderPlatform?: Platform | undefined;
}

/** Reads which images a Dockerfile is built on with these arguments, on any of the platforms. */
export function parseDockerfile(text: string, options: DockerfileOptions): DockerfileFacts {
  const bases = new Map<string, DockerfileBase>();
  const add = (base: DockerfileBase): void => {
    const before = bases.get(base.reference);
    if (before === undefined) bases.set(base.reference, base);
    else bases.set(base.reference, { ...before, platforms: [...new Set([...before.platforms, ...base.platforms])] });
  };
  const lines = readDockerfileLines(text, options.file);
  for (const platform of options.platforms) for (const base of basesOn(platform, lines, options)) add(base);
  return { bases: [...bases.values()] };
}

function basesOn(platform: Platform, lines: DockerfileLines, options: DockerfileOptions): readonly DockerfileBase[] {
  const stages = readStages(lines, { ...options, platform, builderPlatform: options.builderPlatform });
  // The one that is named first says what there is to say of a base.
  const bases = new Map<string, DockerfileBase>();
  const seen = new Set<Stage>();
  const places = new Map(stages.map((stage, index) => [stage, index]));
  let visits = 0;
  const need = (image: PiecedText, line: number, on: Stage['platform'], unset: readonly string[]): void => {
    const reference = plainText(image);
    if (reference === 'scratch') return;
    const used = on === 'builder' ? options.builderPlatform : (on ?? platform);
    if (bases.has(`${reference} ${used}`)) return;
    const platforms = used === undefined ? [] : [used];
    const fromVariable = isUnderVariable(image);
    bases.set(`${reference} ${used}`, { reference, line, platforms, fromVariable, fixedEnd: fixedEndOf(image), unset });
  };
  const visit = (stage: Stage): void => {
    if (seen.has(stage)) return;
    seen.add(stage);
    const place = places.get(stage) ?? 0;
    const base = stageNamed(plainText(stage.image), stages, place);
    if (base === undefined) need(stage.image, stage.line, stage.platform, stage.unset);
    else visit(base);
    for (const source of [...stage.sources, ...(base?.onBuild ?? [])]) {
      visits += 1;
      if (visits > maxVisits) throw tooManySources({ file: options.file, line: stage.line });
      const other = stageOf(source, place, stages, options.file);
      if (other === undefined) need([{ text: source.image, source: '' }], source.line, undefined, []);
      else visit(other);
    }
  };
  visit(targetOf(stages, options));
  return [...bases.values()];
}

/** A name that any stage has is never an image: one that comes later is a mistake that BuildKit explains best. */
function stageOf(source: StageSource, place: number, stages: readonly Stage[], file: string): Stage | undefined {
  if (!source.mayBeNumber || !/^\d+$/.test(source.image)) {
    return stageNamed(source.image, stages, place) ?? stages.find((one) => isNamed(one, source.image));
  }
  const numbered = stages[Number(source.image)];
  if (numbered !== undefined) return numbered;
  throw new ConfigError({
    code: 'dockerfile-no-stage',
    what: `COPY takes files from stage ${source.image.slice(0, 40)}, and the last one is ${stages.length - 1}`,
    where: { file, line: source.line },
    state,
    next: 'stages count from 0; name the stage with AS and take the files from that name',
  });
}

function tooManySources(where: Place): ConfigError {
  return new ConfigError({
    code: 'dockerfile-invalid',
    what: `its stages take files more than ${maxVisits} times, with what ONBUILD adds`,
    where,
    state,
    next: 'is it a Dockerfile? If it is, split it',
  });
}

function targetOf(stages: readonly Stage[], { file, target }: DockerfileOptions): Stage {
  const last = stages.at(-1);
  if (last === undefined) {
    throw new ConfigError({
      code: 'dockerfile-invalid',
      what: 'the Dockerfile has no FROM line',
      where: { file, line: 1 },
      state,
      next: 'begin it with FROM and the image that it is built on',
    });
  }
  const stage = target === null ? last : stages.findLast((one) => isNamed(one, target));
  if (stage !== undefined) return stage;
  const names = stages.flatMap(({ name }) => (name === undefined ? [] : [name]));
  throw new ConfigError({
    code: 'dockerfile-no-target',
    what: `the Dockerfile has no stage ${JSON.stringify(target)}`,
    where: { file },
    state,
    next: names.length === 0 ? 'name a stage with AS, or take the target out' : `choose one of: ${names.join(', ')}`,
  });
}

/** The last stage of a name before a place. */
function stageNamed(name: string, stages: readonly Stage[], place: number): Stage | undefined {
  const known = name.toLowerCase();
  for (let at = place - 1; at >= 0; at -= 1) if (stages[at]?.name === known) return stages[at];
  return undefined;
}

function isNamed(stage: Stage, name: string): boolean {
  return stage.name === name.toLowerCase();
}
