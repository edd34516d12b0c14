import { runAction } from '../run-action.ts';

/** The action pipeline. */
export function main(): Promise<void> {
  return runAction({
    definition: async () => (await import('../../formats/actions/pipeline.ts')).pipeline,
    pipeline: async () => (await import('../../pipelines/actions/pipeline.ts')).pipeline,
  });
}
