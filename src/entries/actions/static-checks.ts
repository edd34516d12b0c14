import { runAction } from '../run-action.ts';

/** The action static-checks. */
export function main(): Promise<void> {
  return runAction({
    definition: async () => (await import('../../formats/actions/static-checks.ts')).staticChecks,
    pipeline: async () => (await import('../../pipelines/actions/static-checks.ts')).staticChecks,
  });
}
