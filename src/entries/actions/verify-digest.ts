import { runAction } from '../run-action.ts';

/** The action verify-digest. */
export function main(): Promise<void> {
  return runAction({
    definition: async () => (await import('../../formats/actions/verify-digest.ts')).verifyDigest,
    pipeline: async () => (await import('../../pipelines/actions/verify-digest.ts')).verifyDigest,
  });
}
