import { runPost } from '../run-action.ts';

/** The step after the job of devcontainer-prebuild. */
export function main(): Promise<void> {
  return runPost(async (ports, state) => {
    const { devcontainerPrebuildPost } = await import('../../pipelines/actions/devcontainer-prebuild.ts');
    await devcontainerPrebuildPost(ports, state);
  });
}
