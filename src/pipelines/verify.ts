import type { RegistryClient } from '../clients/registry/client.ts';
import { repositoryContent } from '../clients/registry/repository-content.ts';
import type { Digest } from '../domain/digest.ts';
import { RefusedError, type SlipwayError } from '../domain/errors.ts';
import type { Finding } from '../domain/gate.ts';
import { type GateMode, layersWarning } from '../domain/gate-mode.ts';
import { type Repository, refText } from '../domain/image-ref.ts';
import { judgeSubject, parseExpected } from '../domain/subject.ts';
import type { ContentSource } from '../ports/content.ts';
import type { Ports } from '../ports/ports.ts';
import { platformRecord } from '../stages/build.ts';
import { isContentFault } from '../store/content-fault.ts';
import { readImage } from '../store/image-content.ts';
import { checkLayers } from '../store/layer-check.ts';
import { type Place, readPlace, tagged } from './places/place.ts';
import { openSource } from './places/source.ts';

/** One image, and what it must have. */
export interface VerifyQuestion {
  readonly subject: string;
  readonly expected: string;
  readonly mode: GateMode;
  /** What the value that is expected is called, for errors. */
  readonly where: string;
}

/** What was found of it. */
export interface VerifiedSubject extends Finding {
  readonly subject: string;
  readonly mode: GateMode;
  readonly expected: string;
  readonly found: Digest | null;
}

/** Compares one image, wherever it is, with what it must have. */
export async function verifySubject(
  ports: Ports,
  question: VerifyQuestion,
  registryOf: (repository: Repository) => RegistryClient,
): Promise<VerifiedSubject> {
  const { subject, mode, where } = question;
  const expected = parseExpected(question.expected, mode, where);
  if (mode === 'layers') ports.log.warning(layersWarning);
  const about = { subject, mode, expected };
  const place = await readPlace(ports.files, subject);
  const verified = (found: Digest | null, finding: Finding): VerifiedSubject => ({ ...about, found, ...finding });
  if (place.kind === 'registry') {
    const ref = tagged(place.ref);
    const registry = registryOf(ref.repository);
    const wanted = ref.digest ?? ref.tag;
    const raw = wanted === undefined ? undefined : await registry.readManifest(ref.repository, wanted);
    if (raw === undefined) return verified(null, unverifiable(`there is no ${refText(ref)}`));
    const source = repositoryContent(registry, ref.repository);
    return verified(raw.digest, await judgeContent(source, raw.digest, { mode, expected }));
  }
  return verifyPlace(ports, place, { mode, expected }, verified);
}

type Wanted = Pick<VerifiedSubject, 'mode' | 'expected'>;

async function verifyPlace(
  ports: Ports,
  place: Place,
  wanted: Wanted,
  verified: (found: Digest | null, finding: Finding) => VerifiedSubject,
): Promise<VerifiedSubject> {
  await using source = await openSource(ports, place);
  const digests = source.images.map(({ descriptor }) => descriptor.digest);
  const named = digests.find((digest) => digest === wanted.expected);
  const [only, ...more] = digests;
  const digest = named ?? (more.length === 0 ? only : undefined);
  if (digest === undefined) return verified(null, unverifiable(`it holds ${digests.length} images, and none is named`));
  return verified(digest, await judgeContent(source.content, digest, wanted));
}

async function judgeContent(source: ContentSource, digest: Digest, { mode, expected }: Wanted): Promise<Finding> {
  // A digest needs no look at what it names; whoever gives a tag to it gives it to these very bytes.
  if (mode === 'promote') return judgeSubject(mode, expected, { digest, platforms: [] });
  try {
    const content = await readImage(source, digest);
    const finding = judgeSubject(mode, expected, { digest, platforms: content.platforms.map(platformRecord) });
    if (mode !== 'archive' || finding.state !== 'match') return finding;
    const problems = [];
    for (const platform of content.platforms) problems.push(...(await checkLayers(source, platform)).problems);
    if (problems.length === 0) return finding;
    return { state: 'mismatch', reasons: problems.map((problem) => `its layer ${problem.digest}: ${problem.why}`) };
  } catch (error) {
    if (!isContentFault(error)) throw error;
    return { state: 'mismatch', reasons: [error.what] };
  }
}

function unverifiable(why: string): Finding {
  return { state: 'unverifiable', reasons: [why] };
}

/** The refusal that it leads to. */
export function subjectRefusal({ state, subject, reasons }: VerifiedSubject): SlipwayError {
  return new RefusedError({
    code: `gate-${state}`,
    what: `${subject}: ${reasons.join('; ')}`,
    where: 'the digest gate',
    state: 'no tag was written',
    next:
      state === 'mismatch'
        ? 'somebody moved or replaced it: find out who before you publish it; `slipway explain` shows how two images differ'
        : 'check the name; where a registry collects what no tag names, build it again',
  });
}
