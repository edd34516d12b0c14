import { type Digest, isDigest } from './digest.ts';
import { ConfigError } from './errors.ts';
import type { Finding } from './gate.ts';
import type { GateMode } from './gate-mode.ts';
import type { PlatformRecord } from './record.ts';

/** An image that is compared with what somebody expects. */
export interface Subject {
  readonly digest: Digest;
  /** Read only where the mode needs them. */
  readonly platforms: readonly Pick<PlatformRecord, 'platform' | 'fingerprint' | 'layers'>[];
}

/** What an image must have, as it is written: a digest or a fingerprint, and with the mode layers the hash of the layers. */
export function parseExpected(text: string, mode: GateMode, where: string): string {
  const hash = text.trim().replace(/^sha256:(?=[0-9a-f]{64}$)/, '');
  if (mode === 'layers' && /^[0-9a-f]{64}$/.test(hash)) return hash;
  if (mode !== 'layers' && isDigest(text.trim())) return text.trim();
  const isLayers = mode === 'layers';
  throw new ConfigError({
    code: 'digest-invalid',
    what: `${JSON.stringify(text.slice(0, 100))} is no ${isLayers ? 'hash of layers' : 'digest'}`,
    where,
    state: 'nothing was verified',
    next: isLayers
      ? 'give 64 hex digits, as the output layers of build-test says them'
      : 'write it as sha256: and 64 hex digits',
  });
}

/** Compares one image with what it must have; with fewer than all of its platforms nothing is proven. */
export function judgeSubject(mode: GateMode, expected: string, { digest, platforms }: Subject): Finding {
  if (mode === 'promote' || mode === 'archive') {
    return digest === expected ? match : mismatch(`it is ${digest}, and must be ${expected}`);
  }
  const [only, ...more] = platforms;
  if (only === undefined || more.length > 0) {
    const names = platforms.map(({ platform }) => platform).join(', ');
    return { state: 'unverifiable', reasons: [`one value cannot speak for all of its platforms: ${names}`] };
  }
  const found = mode === 'layers' ? only.layers : only.fingerprint;
  const what = mode === 'layers' ? 'the layers' : 'the fingerprint';
  return found === expected ? match : mismatch(`it has ${what} ${found}, and must have ${expected}`);
}

const match: Finding = { state: 'match', reasons: [] };

function mismatch(why: string): Finding {
  return { state: 'mismatch', reasons: [why] };
}
