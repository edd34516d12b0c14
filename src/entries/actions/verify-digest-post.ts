import { runPost } from '../run-action.ts';

/** The step after the job of verify-digest. */
export function main(): Promise<void> {
  return runPost(async (ports, state) => {
    const { verifyDigestPost } = await import('../../pipelines/actions/verify-digest.ts');
    await verifyDigestPost(ports, state);
  });
}
