import { runAction } from '../run-action.ts';

/** The action release-latest. */
export function main(): Promise<void> {
  return runAction({
    definition: async () => (await import('../../formats/actions/release-latest.ts')).releaseLatest,
    pipeline: async () => (await import('../../pipelines/actions/release-latest.ts')).releaseLatest,
  });
}
