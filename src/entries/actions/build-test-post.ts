import { runPost } from '../run-action.ts';

/** The step after the job of build-test. */
export function main(): Promise<void> {
  return runPost(async (ports, state) => {
    const { buildTestPost } = await import('../../pipelines/actions/build-test.ts');
    await buildTestPost(ports, state);
  });
}
