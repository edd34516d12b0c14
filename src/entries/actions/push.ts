import { runAction } from '../run-action.ts';

/** The action push. */
export function main(): Promise<void> {
  return runAction({
    definition: async () => (await import('../../formats/actions/push.ts')).push,
    pipeline: async () => (await import('../../pipelines/actions/push.ts')).push,
  });
}
