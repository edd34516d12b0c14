import { inertText } from '../domain/inert-text.ts';

/** A copy as a person reads it. */
export function copyText(copied: {
  readonly digest: string;
  readonly to: string;
  readonly blobs: number;
  readonly present: number;
  readonly referrers: number;
}): string {
  const { digest, to, blobs, present, referrers } = copied;
  const along = referrers === 0 ? '' : `, with ${referrers} attached`;
  return `${inertText(`copied ${digest} to ${to} (${blobs} blobs, ${present} already there${along})`)}\n`;
}
