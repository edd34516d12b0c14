import { ConfigError } from '../../domain/errors.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import { expectationsName } from '../../domain/test-result.ts';
import { type Waiver, waiverText } from '../../domain/waiver.ts';
import type { WaiverConfig } from '../../formats/config/waive.ts';
import type { Draft } from './drafts.ts';
import type { ImageInputs } from './image-inputs.ts';

/** What the waivers of a configuration are about. */
type Waivable = Pick<ImageInputs, 'key' | 'tests' | 'expect' | 'scan'>;

/** The waivers that count today, by the key of their image, and what a person should know of all. */
export interface Waivers {
  readonly of: ReadonlyMap<string, readonly Waiver[]>;
  readonly notes: readonly string[];
}

/** Reads who answers for what. One that names nothing is a mistake, and one whose day is over waives nothing. */
export function readWaivers(
  configured: readonly WaiverConfig[],
  images: readonly Waivable[],
  { today, configFile }: { readonly today: string; readonly configFile: string },
): Waivers {
  const byKey = new Map(images.map((image) => [image.key, image]));
  const of = new Map<string, Waiver[]>();
  const notes: string[] = [];
  for (const [place, one] of configured.entries()) {
    const where = `waive[${place}] in ${configFile}`;
    const image = byKey.get(one.image);
    if (image === undefined) throw unknown(`there is no image ${one.image}`, one.image, [...byKey.keys()], where);
    const waiver = waiverOf(one, image, where);
    if (one.until < today) {
      notes.push(`${image.key}: ${waiverText(waiver)}; that day is over, and it counts again`);
      continue;
    }
    notes.push(`${image.key}: ${waiverText(waiver)}`);
    of.set(image.key, [...(of.get(image.key) ?? []), waiver]);
  }
  return { of, notes };
}

/** The drafts with their waivers; a finding that is waived is one that the scan ignores. */
export function withWaivers(drafts: readonly Draft[], of: ReadonlyMap<string, readonly Waiver[]>): readonly Draft[] {
  if (of.size === 0) return drafts;
  return drafts.map((draft) => {
    const waivers = of.get(draft.key);
    if (waivers === undefined) return draft;
    const ignore = waivers.flatMap(({ kind, name: id, reason, until }) =>
      kind === 'scan' ? [{ id, reason, until }] : [],
    );
    const scan = draft.scan === null ? null : { ...draft.scan, ignore: [...draft.scan.ignore, ...ignore] };
    return { ...draft, scan, waivers };
  });
}

function waiverOf({ test, scan, reason, until }: WaiverConfig, image: Waivable, where: string): Waiver {
  if (test === undefined) {
    if (image.scan !== null) return { kind: 'scan', name: scan ?? '', reason, until };
    throw mistake('waiver-unknown', `${image.key} is not scanned`, { where, next: 'leave the waiver out' });
  }
  const names = [...image.tests.map(({ name }) => name), ...(image.expect === null ? [] : [expectationsName])];
  if (!names.includes(test)) throw unknown(`${image.key} has no test ${JSON.stringify(test)}`, test, names, where);
  return { kind: 'test', name: test, reason, until };
}

function unknown(what: string, name: string, names: readonly string[], where: string): ConfigError {
  const nearest = nearestName(name, names);
  const known = names.length === 0 ? 'there is none to waive' : `choose from: ${names.join(', ')}`;
  return mistake('waiver-unknown', what, { where, next: nearest === undefined ? known : `did you mean ${nearest}?` });
}

function mistake(
  code: string,
  what: string,
  { where, next }: { readonly where: string; readonly next: string },
): ConfigError {
  return new ConfigError({ code, what, where, state: 'nothing was built', next });
}
