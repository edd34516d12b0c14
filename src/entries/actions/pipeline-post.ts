import { runPost } from '../run-action.ts';

/** The step after the job of pipeline. */
export function main(): Promise<void> {
  return runPost(async (ports, state) => {
    const { pipelinePost } = await import('../../pipelines/actions/pipeline.ts');
    await pipelinePost(ports, state);
  });
}
