import { runAction } from '../run-action.ts';

/** The action build-test. */
export function main(): Promise<void> {
  return runAction({
    definition: async () => (await import('../../formats/actions/build-test.ts')).buildTest,
    pipeline: async () => (await import('../../pipelines/actions/build-test.ts')).buildTest,
  });
}
