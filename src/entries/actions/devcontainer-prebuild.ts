import { runAction } from '../run-action.ts';

/** The action devcontainer-prebuild. */
export function main(): Promise<void> {
  return runAction({
    definition: async () => (await import('../../formats/actions/devcontainer-prebuild.ts')).devcontainerPrebuild,
    pipeline: async () => {
      const { devcontainerPrebuild } = await import('../../pipelines/actions/devcontainer-prebuild.ts');
      const { findBundledCli } = await import('../../adapters/devcontainer-cli.ts');
      const { createCache } = await import('../../adapters/runner/cache.ts');
      return (ports, host, inputs) => {
        const tools = { cli: findBundledCli(), cache: createCache(ports.log) };
        return devcontainerPrebuild(ports, host, { inputs, tools });
      };
    },
  });
}
