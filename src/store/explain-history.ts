import type { LayerPair } from '../domain/explain/align.ts';
import type { ChangedStep } from '../domain/explain/cause.ts';
import { type DockerfileStep, type DockerfileText, pairSteps, readSteps } from '../formats/dockerfile-steps.ts';
import { type HistoryStep, readHistory, textOf } from '../formats/image-history.ts';
import type { PlatformContent } from './image-content.ts';

/** How one layer came to be. */
export interface MadeLayer {
  readonly text: string;
  readonly keyword: string | undefined;
  readonly line: number | undefined;
  readonly isBase: boolean | undefined;
  readonly isFromContext: boolean;
  /** Its place in the history. */
  readonly at: number;
}

/** How an image came to be, as far as its history and the Dockerfile say it. */
export interface Made {
  /** The history; none where it does not account for every layer. */
  readonly steps: readonly HistoryStep[] | undefined;
  readonly builder: HistoryStep['builder'];
  readonly base: string | undefined;
  layer(place: number | null): MadeLayer | undefined;
  /** Whether an entry of the history came with the image below; nothing where nobody can tell. */
  isBase(at: number): boolean | undefined;
}

/** Reads the history of an image, and finds its steps in the Dockerfile. A step that does not fit makes all of them unknown. */
export function madeBy({ config, platform }: PlatformContent, dockerfile: DockerfileText | undefined): Made {
  const steps = readHistory(config);
  const read = dockerfile === undefined ? undefined : readSteps(dockerfile, platform);
  const lines = steps === undefined || read === undefined ? undefined : pairSteps(steps, read);
  const own = lines === undefined ? undefined : (steps ?? []).length - lines.size;
  const isBase = (at: number): boolean | undefined => (own === undefined ? undefined : at < own);
  return {
    steps,
    builder: steps?.at(-1)?.builder,
    base: lines === undefined ? undefined : read?.base,
    isBase,
    layer(place) {
      if (place === null || steps === undefined) return undefined;
      const at = steps.findIndex((step) => step.layer === place);
      const step = steps[at];
      if (step === undefined) return undefined;
      const line: DockerfileStep | undefined = lines?.get(at);
      const { keyword } = step;
      return {
        text: textOf(step),
        keyword,
        line: line?.line,
        isBase: isBase(at),
        isFromContext: line?.isFromContext === true,
        at,
      };
    },
  };
}

/** The first entry that is another one, up to the layers of a pair. Two builders write one instruction in two ways, which says nothing. */
export function changedStep(a: Made, b: Made, pair: LayerPair): ChangedStep | undefined {
  if (a.steps === undefined || b.steps === undefined || a.builder !== b.builder) return undefined;
  const ends = [a.layer(pair.a)?.at, b.layer(pair.b)?.at].flatMap((at) => at ?? []);
  // The layer that only one has is another entry by itself.
  const isPaired = pair.a !== null && pair.b !== null;
  const end = Math.min(...ends) + (isPaired ? 1 : 0);
  for (let at = 0; at < end; at += 1) {
    const [one, other] = [a.steps[at], b.steps[at]];
    if (one === undefined || other === undefined) return undefined;
    const [was, is] = [textOf(one), textOf(other)];
    if (was !== is || one.command !== other.command) return { a: was, b: is, isBase: a.isBase(at) ?? b.isBase(at) };
  }
  return undefined;
}
