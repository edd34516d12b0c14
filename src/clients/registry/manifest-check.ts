import type { Digest } from '../../domain/digest.ts';
import { RemoteError } from '../../domain/errors.ts';
import { declaredMediaType } from '../../formats/manifest.ts';
import { isIndexType } from '../../formats/oci.ts';
import { type Attempt, invalidAnswer } from './failure.ts';

/** What servers say that do not know what they serve. */
const vague = ['', 'application/json', 'application/octet-stream', 'text/plain', 'text/html'];

/** Refuses a manifest that is not the one asked for. */
export function checkDigest(wanted: Digest, found: Digest, attempt: Attempt): void {
  if (wanted === found) return;
  throw new RemoteError({
    code: 'content-damaged',
    what: `${attempt.what} should be ${wanted} and is ${found}`,
    where: attempt.repository,
    state: 'it was not used',
    next: 'run again; if it stays, the registry or a proxy before it lost or changed data: publish it there again',
  });
}

/**
 * The media type of a manifest: as the header says, or where that is vague, as the document says.
 * One that calls itself an index in the one place and not in the other means two things to two readers
 * (https://nvd.nist.gov/vuln/detail/CVE-2021-41190) and is refused.
 */
export function manifestType(header: string | undefined, bytes: Uint8Array, attempt: Attempt): string {
  const said = (header ?? '').split(';')[0]?.trim() ?? '';
  const declared = declaredType(bytes, attempt);
  if (vague.includes(said)) {
    if (declared !== undefined) return declared;
    throw invalidAnswer(attempt, 'gave a manifest without a media type');
  }
  if (declared !== undefined && isIndexType(declared) !== isIndexType(said)) {
    throw invalidAnswer(attempt, `calls ${JSON.stringify(said)} what calls itself ${JSON.stringify(declared)}`);
  }
  return said;
}

function declaredType(bytes: Uint8Array, attempt: Attempt): string | undefined {
  try {
    return declaredMediaType(bytes, attempt.repository);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidAnswer(attempt, 'gave a manifest that is not JSON');
    throw error;
  }
}
