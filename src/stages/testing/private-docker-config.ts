import { joinPath } from '../../domain/path.ts';
import { dockerConfigMembers } from '../../formats/docker-config.ts';
import type { Env } from '../../ports/env.ts';
import type { Files, TempFolder } from '../../ports/files.ts';

/** What says how the engine is reached and which plugins there are; names and passwords are not among it. */
const harmless = ['currentContext', 'cliPluginsExtraDirs'] as const;

/** A configuration of Docker's without any credentials: a command of a test reaches the same engine, and no registry. */
export async function privateDockerConfig(files: Files, env: Env, parent?: string): Promise<TempFolder> {
  const own = env.DOCKER_CONFIG ?? joinPath(env.HOME ?? '/nonexistent', '.docker');
  const folder = await files.tempFolder('slipway-docker-', parent);
  const config = dockerConfigMembers(await files.readText(`${own}/config.json`));
  const kept = harmless.flatMap((name) => (name in config ? [[name, config[name]]] : []));
  await files.write(`${folder.path}/config.json`, JSON.stringify(Object.fromEntries(kept)));
  for (const name of ['contexts', 'cli-plugins']) {
    const real = await files.realPath(`${own}/${name}`);
    if (real !== undefined) await files.makeLink(`${folder.path}/${name}`, real);
  }
  return folder;
}
