import { realpathSync } from 'node:fs';
import type { Cache } from '../../ports/cache.ts';
import type { Log } from '../../ports/log.ts';

/** The cache service of the runner. It only saves time, so that nothing about it ends a step; the library is loaded when it is asked. */
export function createCache(log: Pick<Log, 'info' | 'warning'>): Cache {
  const library = () => {
    // Libraries below this one use Buffer() still; nobody who reads the log of a job can mend that.
    process.noDeprecation = true;
    return import('@actions/cache');
  };
  return {
    async restore(paths, key, restoreKeys) {
      const cache = await library();
      if (!cache.isFeatureAvailable()) {
        log.info('this runner has no cache service');
        return undefined;
      }
      try {
        return await cache.restoreCache(paths.map(fromWorkspace), key, [...restoreKeys]);
      } catch (error) {
        log.warning(`the cache ${key} was not read: ${reason(error)}`);
        return undefined;
      }
    },
    async save(paths, key) {
      const cache = await library();
      if (!cache.isFeatureAvailable()) return false;
      try {
        // The library says by a number below zero that it has told the reason itself; another run may have been quicker.
        return (await cache.saveCache(paths.map(fromWorkspace), key)) >= 0;
      } catch (error) {
        log.warning(`the cache ${key} was not saved: ${reason(error)}`);
        return false;
      }
    },
  };
}

/** As the service finds again only what had the same path, and the next machine may have its workspace elsewhere. */
function fromWorkspace(path: string): string {
  const { GITHUB_WORKSPACE: workspace = '' } = process.env;
  const isBelow = workspace !== '' && path.startsWith(`${workspace}/`);
  // The library looks for files from the current folder, and names them from the workspace.
  if (!isBelow || realpathSync(workspace) !== process.cwd()) return path;
  return path.slice(workspace.length + 1);
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
