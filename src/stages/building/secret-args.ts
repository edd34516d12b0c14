import { RefusedError } from '../../domain/errors.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import { isSecretName } from '../../domain/secret-name.ts';
import type { Ports } from '../../ports/ports.ts';

/** Refuses arguments that hold a secret: whoever pulls the image reads them in its history and its provenance. */
export function refuseSecretArgs(
  { env, secrets }: Pick<Ports, 'env' | 'secrets'>,
  { key, buildArgs, options }: Pick<PlannedImage, 'key' | 'buildArgs' | 'options'>,
): void {
  const mounted = options.secrets.flatMap(({ from, name }) => (from === 'env' ? (env[name] ?? []) : []));
  for (const [name, value] of Object.entries(buildArgs)) {
    if (value === '') continue;
    const isKnown = secrets.clean(value) !== value || mounted.includes(value);
    if (isKnown || isSecretName(name)) throw secretArg(key, name, isKnown);
  }
}

function secretArg(key: string, name: string, isKnown: boolean): RefusedError {
  return new RefusedError({
    code: 'build-arg-secret',
    what: `the value of the build argument ${name} ${isKnown ? 'holds a secret' : 'is a secret, by its name'}, and everybody who pulls the image could read it`,
    where: `build-args of ${key}`,
    state: 'nothing of this image was built',
    next: 'name it under `secrets`, and mount it in the Dockerfile with RUN --mount=type=secret; rename an argument that is none',
  });
}
