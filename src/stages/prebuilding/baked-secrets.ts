import { bakedTexts, localEnvNames } from '../../domain/devcontainer/config.ts';
import { RefusedError } from '../../domain/errors.ts';
import { isSecretName } from '../../domain/secret-name.ts';
import type { Ports } from '../../ports/ports.ts';
import type { DevcontainerProject } from './project.ts';

/** A shorter value is found in too many texts by chance. */
const shortest = 6;

/** Refuses to publish an image that holds a secret of this machine: everybody who pulls it could read it. */
export function refuseBakedSecrets(
  { env, secrets }: Pick<Ports, 'env' | 'secrets'>,
  { config, configFile, compose }: DevcontainerProject,
): void {
  const named = localEnvNames(config).filter((name) => {
    const value = env[name] ?? '';
    return value !== '' && (isSecretName(name) || secrets.clean(value) !== value);
  });
  const values = Object.entries(env).flatMap(([name, value = '']) =>
    isSecretName(name) && value.length >= shortest ? [value] : [],
  );
  const args = Object.entries(compose?.build?.args ?? {}).map(([name, text]): readonly [string, string] => [
    `the build argument ${name}`,
    text,
  ]);
  const options = (compose?.build?.options ?? []).map((text): readonly [string, string] => ['the build', text]);
  const written = [...bakedTexts(config), ...args, ...options].flatMap(([place, text]) =>
    secrets.clean(text) !== text || values.some((value) => text.includes(value)) ? [place] : [],
  );
  const found = [...new Set([...named, ...written])];
  if (found.length === 0) return;
  throw new RefusedError({
    code: 'devcontainer-secret',
    what: `the value of ${found.join(', ')} would be in the image, and everybody who pulls it could read it`,
    where: configFile,
    state: 'nothing was built and nothing was published',
    next: 'take it out of containerEnv, of build.args and of the options of Features; remoteEnv and the input env give it to the container alone',
  });
}
