import type { ConfigChange } from './config-changes.ts';
import { isTimeOnly, type LayerChanges, type PackageChange } from './layer-changes.ts';
import { valueText } from './value-text.ts';

/** An entry of the history that is another one in the second image. */
export interface ChangedStep {
  readonly a: string;
  readonly b: string;
  /** It came with the image below. */
  readonly isBase: boolean | undefined;
}

/** What is known of one layer that differs. */
export interface ComparedLayer {
  readonly a: number | null;
  readonly b: number | null;
  readonly keyword: string | undefined;
  /** What made it, in both images. */
  readonly texts: readonly [string | undefined, string | undefined];
  /** The first entry of the histories, up to this layer's, that is another one; arguments of the build are entries too. */
  readonly changedStep: ChangedStep | undefined;
  /** The other image has the instruction and no layer of it. */
  readonly isEmptyElsewhere: boolean;
  /** It came with the image that the Dockerfile is built on; nothing where nobody can tell. */
  readonly isBase: boolean | undefined;
  /** What it takes comes from the build context and nowhere else. */
  readonly isFromContext: boolean;
  /** Nothing where they could not be compared. */
  readonly changes: LayerChanges | undefined;
}

/** Everything about two images that a cause can be told by. */
export interface CauseFacts {
  readonly layers: readonly ComparedLayer[];
  readonly config: readonly ConfigChange[];
  /** What no container sees: times, authors, the history. */
  readonly quiet: readonly ConfigChange[];
  /** How the layers are packed, where that alone differs. */
  readonly packing: readonly [string, string] | undefined;
  /** The BuildKit of both, where records say it. */
  readonly builders: readonly [string, string] | undefined;
  /** External bases of both whose recorded digests differ. */
  readonly bases: readonly { readonly reference: string; readonly a: string; readonly b: string }[];
  /** The image that the Dockerfile's last stage is built on. */
  readonly base: string | undefined;
  /** The cache of the first build, where it is another one by now. */
  readonly cache: { readonly place: string; readonly a: string; readonly b: string } | undefined;
}

type Rule = (facts: CauseFacts, first: ComparedLayer) => string | undefined;

/** Why two images differ, where something proves it; nothing where nothing does. */
export function causeOf(facts: CauseFacts): string | null {
  // Times alone follow from any build anew, so what differs in more than that says more.
  const isTelling = ({ changes }: ComparedLayer): boolean => changes === undefined || !isTimeOnly(changes);
  const first = facts.layers.find(isTelling) ?? facts.layers[0];
  if (first === undefined) return withoutLayers(facts);
  for (const rule of rules) {
    const cause = rule(facts, first);
    if (cause !== undefined) return cause;
  }
  return null;
}

function withoutLayers({ config, quiet, packing }: CauseFacts): string | null {
  if (config.length > 0) {
    const shown = config.slice(0, 3).map(({ key, a, b }) => `${key} (${valueText(a)} -> ${valueText(b)})`);
    return `config: the layers are equal, and only the config differs: ${listText(shown, config.length)}`;
  }
  if (packing !== undefined) return `packing: equal layers, packed in another way (${packing.join(' -> ')})`;
  if (quiet.length > 0) return `times: only what no container sees differs: ${quiet.map(({ key }) => key).join(', ')}`;
  return null;
}

const timestamps: Rule = ({ layers }) => {
  if (!layers.every(({ changes, changedStep }) => changedStep === undefined && changes && isTimeOnly(changes))) return;
  return 'timestamps: the same files with other times; set SOURCE_DATE_EPOCH and rewrite-timestamp, or use the mode promote';
};

const builder: Rule = ({ layers, builders }, { changedStep }) => {
  // Where files differ, another version of the builder may have nothing to do with it.
  const isOnlyForm = layers.every(({ changes, isEmptyElsewhere }) => changes?.total === 0 || isEmptyElsewhere);
  if (builders === undefined || builders[0] === builders[1] || !isOnlyForm || changedStep !== undefined) return;
  return `builder: the same files in layers of another form, made by BuildKit ${builders.join(' and ')}`;
};

const base: Rule = ({ bases, base: own }, { isBase, changedStep }) => {
  if (isBase !== true && changedStep?.isBase !== true) return;
  const moved = bases.find(({ reference }) => reference === own);
  return moved && `base: ${moved.reference} moved: it was ${moved.a}, and is ${moved.b}`;
};

const refreshed: Rule = ({ cache }) =>
  cache && `cache: another run wrote the cache ${cache.place} since: it was ${cache.a}, and is ${cache.b}`;

const instruction: Rule = (_, { changedStep, isBase, isEmptyElsewhere, a, b, texts }) => {
  if (changedStep?.isBase === false) return stepText(changedStep);
  if (changedStep !== undefined || isBase !== false || isEmptyElsewhere) return;
  if (a === null) return `instruction: only the second has ${JSON.stringify(texts[1] ?? '')}`;
  return b === null ? `instruction: only the first has ${JSON.stringify(texts[0] ?? '')}` : undefined;
};

const context: Rule = (_, { isBase, isFromContext, changes, changedStep, texts }) => {
  if (isBase !== false || changedStep !== undefined || !isFromContext || changes === undefined) return;
  // The builder gives times of its own to the folders that it makes.
  const telling = changes.paths.filter(({ change }) => !change.startsWith('time '));
  if (telling.length === 0) return;
  const shown = telling.slice(0, 3).map(({ path, change }) => `${path} (${change})`);
  const count = changes.total === 1 ? '1 path' : `${changes.total} paths`;
  return `context: ${texts[0] ?? 'what was copied'} differs in ${count}: ${listText(shown, changes.total)}`;
};

const packages: Rule = (_, { isBase, keyword, changes, changedStep }) => {
  if (
    isBase !== false ||
    changedStep !== undefined ||
    keyword !== 'RUN' ||
    changes === undefined ||
    changes.packages.length === 0
  )
    return;
  const shown = changes.packages.slice(0, 10).map(packageText);
  return `packages: other versions were installed: ${listText(shown, changes.packages.length)}`;
};

const rules: readonly Rule[] = [timestamps, builder, base, instruction, context, refreshed, packages];

function stepText({ a, b }: ChangedStep): string {
  return `instruction: it was ${JSON.stringify(a)}, and is ${JSON.stringify(b)}`;
}

function packageText({ name, a, b }: PackageChange): string {
  if (a === null) return `${name} ${b} (new)`;
  return b === null ? `${name} ${a} (gone)` : `${name} ${a} -> ${b}`;
}

function listText(shown: readonly string[], total: number): string {
  return `${shown.join(', ')}${total > shown.length ? ` and ${total - shown.length} more` : ''}`;
}
