import { z } from 'zod';
import { maskedText } from '../domain/explain/masked.ts';
import type { OciConfig } from './oci.ts';

const Entry = z.looseObject({
  created_by: z.string().nullish(),
  comment: z.string().nullish(),
  empty_layer: z.boolean().nullish(),
});
const History = z.array(Entry);
const longestText = 500;

/** One entry of the history of an image. */
export interface HistoryStep {
  /** What was done, as the builder wrote it, without its trimmings; empty where it wrote nothing. */
  readonly text: string;
  /** The instruction of a Dockerfile, in upper case. */
  readonly keyword: string | undefined;
  /** What a RUN runs, whole and as it is written, with its shell. */
  readonly command: string;
  /** The build arguments that a RUN had, as they are written. */
  readonly args: string;
  /** Which of Docker's builders wrote it, where that shows. */
  readonly builder: 'buildkit' | 'classic' | undefined;
  /** The place of its layer; none where it made none. */
  readonly layer: number | undefined;
}

/** The history of an image, where it accounts for every layer; nothing where it does not, and so nobody can say which is whose. */
export function readHistory(config: OciConfig): readonly HistoryStep[] | undefined {
  const read = History.safeParse(config.history ?? []);
  if (!read.success) return undefined;
  let layers = 0;
  const steps = read.data.map((entry): HistoryStep => {
    const layer = entry.empty_layer === true ? undefined : layers;
    if (layer !== undefined) layers += 1;
    const createdBy = entry.created_by ?? '';
    const isBuildkit = entry.comment === 'buildkit.dockerfile.v0' || createdBy.endsWith(' # buildkit');
    const isClassic = !isBuildkit && /^(?:\|\d+ .*)?\/bin\/sh -c /s.test(createdBy);
    const builder = isBuildkit ? 'buildkit' : isClassic ? 'classic' : undefined;
    return { ...stepOf(createdBy), builder, layer };
  });
  return layers === config.rootfs.diff_ids.length ? steps : undefined;
}

/** Both builders of Docker are read: BuildKit marks its steps at their end, and the old one those that run nothing. */
function stepOf(createdBy: string): Omit<HistoryStep, 'layer' | 'builder'> {
  const text = createdBy.replace(/ # buildkit$/, '').trim();
  const [, quiet] = /^\/bin\/sh -c #\(nop\)\s+(.*)$/s.exec(text) ?? [];
  if (quiet !== undefined) return named(quiet);
  const run = /^(?:RUN )?(?:\|\d+ (.*?) )?(\/\S+ .*)$/s.exec(text);
  if (run === null) return named(text);
  const [, args = '', command = ''] = run;
  return { text: shown(`RUN ${command.replace(/^\/bin\/sh -c /, '')}`), keyword: 'RUN', command, args };
}

function named(text: string): Omit<HistoryStep, 'layer' | 'builder'> {
  const [, keyword, rest = ''] = /^([A-Z]+)(?:\s+(.*))?$/s.exec(text) ?? [];
  return { text: shown(text), keyword, command: keyword === 'RUN' ? rest : '', args: '' };
}

/** The old builder writes the hash of what a COPY takes, which says no more than the layer does. */
function shown(text: string): string {
  const masked = maskedText(text.replace(/\b(file|dir|multi):[0-9a-f]{64}\b/g, '$1:…'));
  return masked.length > longestText ? `${masked.slice(0, longestText)}…` : masked;
}

/** A step in one line, with the arguments of the build that it had. */
export function textOf({ text, args }: HistoryStep): string {
  return args === '' ? text : `${text} (with ${maskedText(args)})`;
}
