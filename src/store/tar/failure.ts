import { ConfigError, type ErrorParts, RemoteError } from '../../domain/errors.ts';

const state = 'nothing was read from it';

/** Somebody named a file that cannot be what they take it for. */
export function unusable(parts: Pick<ErrorParts, 'code' | 'what' | 'where' | 'next'>): ConfigError {
  return new ConfigError({ ...parts, state });
}

/** The file is an archive, and something in it is not as it must be. */
export function broken(what: string, where: string): RemoteError {
  return new RemoteError({
    code: 'archive-broken',
    what,
    where,
    state,
    next: 'make the archive again, for it was damaged or made by something that does not know the form',
  });
}

/** The content of a layer is not what the config of its image says. */
export function layerDamaged(what: string, where: string): RemoteError {
  return new RemoteError({
    code: 'archive-layer-damaged',
    what,
    where,
    state: 'the image was not used',
    next: 'make the archive again; if it stays, the engine that saved it has damaged data',
  });
}

/** Layers in this form are plain tars; some tools write compressed ones, which engines take all the same. */
export function layerCompressed(name: string, where: string): ConfigError {
  const what = `the layer ${JSON.stringify(name)} is compressed, which in this form of archive cannot be copied as it is`;
  const next = 'write the image in the OCI form instead, for example `crane pull --format oci`, or `docker load` it';
  return unusable({ code: 'archive-layer-compressed', what, where, next });
}
