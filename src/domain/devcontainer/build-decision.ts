import type { Digest } from '../digest.ts';
import { RemoteError, type SlipwayError } from '../errors.ts';

/** What a registry said about the image of a content hash. */
export type RegistryAnswer =
  | { readonly kind: 'there'; readonly digest: Digest }
  | { readonly kind: 'absent' }
  /** The right to read is missing. */
  | { readonly kind: 'denied'; readonly error: SlipwayError }
  /** It was busy, failed, or did not answer. */
  | { readonly kind: 'unreachable'; readonly error: SlipwayError };

/** What is to be done about the image. */
export type BuildDecision =
  | { readonly kind: 'reuse'; readonly digest: Digest }
  | { readonly kind: 'build'; readonly why: 'absent' | 'denied' | 'unreachable' | 'refresh' }
  | { readonly kind: 'fail'; readonly error: SlipwayError };

/** Reads an exception of a registry client as an answer; anything else is not about the registry and is thrown again. */
export function answerOfError(error: unknown): RegistryAnswer {
  if (!(error instanceof RemoteError)) throw error;
  return { kind: error.code === 'registry-denied' ? 'denied' : 'unreachable', error };
}

/** Who is going to publish must not find out after an hour of building that the registry does not answer. */
export function decideBuild(answer: RegistryAnswer, run: { push: boolean; refresh: boolean }): BuildDecision {
  switch (answer.kind) {
    case 'there':
      return run.refresh && run.push ? { kind: 'build', why: 'refresh' } : { kind: 'reuse', digest: answer.digest };
    case 'absent':
      return { kind: 'build', why: 'absent' };
    case 'denied':
    case 'unreachable':
      return run.push ? { kind: 'fail', error: answer.error } : { kind: 'build', why: answer.kind };
  }
}
