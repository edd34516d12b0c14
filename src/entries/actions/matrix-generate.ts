import { runAction } from '../run-action.ts';

/** The action matrix-generate. */
export function main(): Promise<void> {
  return runAction({
    definition: async () => (await import('../../formats/actions/matrix-generate.ts')).matrixGenerate,
    pipeline: async () => (await import('../../pipelines/actions/matrix-generate.ts')).matrixGenerate,
  });
}
