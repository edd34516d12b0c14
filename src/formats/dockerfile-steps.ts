import { ConfigError } from '../domain/errors.ts';
import { parsePlatform } from '../domain/platform.ts';
import { type DockerfileLine, type DockerfileLines, readDockerfileLines } from './dockerfile-lines.ts';
import { readStages } from './dockerfile-stages.ts';
import type { HistoryStep } from './image-history.ts';
import { plainText } from './pieced-text.ts';

/** An instruction of a Dockerfile that leaves an entry in the history of the image. */
export interface DockerfileStep {
  readonly line: number;
  readonly keyword: string;
  readonly text: string;
  /** What comes behind the keyword and its flags. */
  readonly command: string;
  /** What it takes comes from the build context, and from nowhere else. */
  readonly isFromContext: boolean;
}

/** The steps of the stage that an image is, with those of the stages that it is built on, and the image below all of them. */
export interface DockerfileSteps {
  readonly base: string;
  readonly steps: readonly DockerfileStep[];
}

/** A Dockerfile with what decides which of its stages an image is. */
export interface DockerfileText {
  readonly text: string;
  readonly file: string;
  readonly target: string | null;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** Reads the steps by which an image was made; nothing where the Dockerfile does not say them all. */
export function readSteps(dockerfile: DockerfileText, platform: string): DockerfileSteps | undefined {
  try {
    return stepsIn(dockerfile, platform);
  } catch (error) {
    // Whoever builds by it says what is wrong with it.
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function stepsIn({ text, ...options }: DockerfileText, platformName: string): DockerfileSteps | undefined {
  const read = readDockerfileLines(text, options.file);
  const platform = parsePlatform(platformName);
  const stages = readStages(read, { ...options, platform, builderPlatform: undefined });
  const own = stepsByStage(read);
  const { target } = options;
  let at = target === null ? stages.length - 1 : stages.findLastIndex(({ name }) => name === target.toLowerCase());
  const steps: DockerfileStep[] = [];
  for (;;) {
    const stage = stages[at];
    if (stage === undefined) return undefined;
    const image = plainText(stage.image);
    steps.unshift(...(own[at] ?? []));
    const below = stages.slice(0, at).findLastIndex(({ name }) => name === image.toLowerCase());
    if (below < 0) return { base: image, steps };
    // What a stage puts off until another is built on it, is nowhere in that one.
    if ((stages[below]?.onBuild.length ?? 0) > 0 || hasOnBuild(read, below)) return undefined;
    at = below;
  }
}

/** Pairs the end of a history with the steps of a Dockerfile; nothing where any of them does not fit. */
export function pairSteps(
  history: readonly HistoryStep[],
  { steps }: DockerfileSteps,
): ReadonlyMap<number, DockerfileStep> | undefined {
  const start = history.length - steps.length;
  if (start < 0) return undefined;
  const pairs = steps.map((step, place) => [start + place, step] as const);
  return pairs.every(([place, step]) => isSame(step, history[place])) ? new Map(pairs) : undefined;
}

/** A keyword alone is soon the same; what a RUN runs, no builder changes. */
function isSame({ keyword, command }: DockerfileStep, made: HistoryStep | undefined): boolean {
  if (made?.keyword !== keyword) return false;
  // What stands below the line, in a heredoc, is not read here.
  if (keyword !== 'RUN' || command.includes('<<')) return true;
  return withoutBlanks(made.command).endsWith(withoutBlanks(command));
}

/** A list of words is written by builders with blanks between them. */
function withoutBlanks(command: string): string {
  const words = command.startsWith('[')
    ? command.replace(/^\[|\]$|"\s*,\s*"|^\["|"\]$/g, '').replaceAll('"', '')
    : command;
  return words.replace(/\s+/g, '');
}

function stepsByStage({ lines }: DockerfileLines): readonly DockerfileStep[][] {
  const stages: DockerfileStep[][] = [];
  for (const line of lines) {
    if (line.keyword === 'FROM') stages.push([]);
    else if (line.keyword !== 'ONBUILD') stages.at(-1)?.push(stepOf(line));
  }
  return stages;
}

function hasOnBuild({ lines }: DockerfileLines, stage: number): boolean {
  let at = -1;
  return lines.some(({ keyword }) => {
    if (keyword === 'FROM') at += 1;
    return keyword === 'ONBUILD' && at === stage;
  });
}

function stepOf({ line, keyword, flags, rest }: DockerfileLine): DockerfileStep {
  const text = [keyword, ...flags, rest].join(' ');
  const isCopy = keyword === 'COPY' || keyword === 'ADD';
  const isElsewhere =
    flags.some((flag) => flag.startsWith('--from=')) || /(?:^|[\s"])(?:[a-z+]+:\/\/|git@|<<)/.test(rest);
  return { line, keyword, text, command: rest, isFromContext: isCopy && !isElsewhere };
}
