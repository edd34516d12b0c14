import { ConfigError } from '../../domain/errors.ts';
import { ImageConfig } from '../config-schema.ts';
import { type Finding, listed } from './finding.ts';
import { keyOf, sameKey } from './keys.ts';

/** A Dockerfile of the matrix, by its name. */
interface MatrixFile {
  readonly path: string;
  readonly runtime: string;
  readonly version: string;
}

const state = 'nothing was built';

/** The Dockerfiles in a list of paths that are named `Dockerfile.<runtime>-py<version>`. */
export function matrixFilesIn(paths: readonly string[]): readonly MatrixFile[] {
  return paths.flatMap((path) => {
    const [, runtime, version] = /(?:^|\/)Dockerfile\.([^/]+)-py(\d[^/]*)$/.exec(path) ?? [];
    return runtime === undefined || version === undefined ? [] : [{ path, runtime, version }];
  });
}

/** An image for every version and runtime; a Dockerfile that is missing is an error that names it. */
export function findPythonMatrix(
  versions: readonly string[],
  paths: readonly string[],
  { versionsFile, hasVersion }: { readonly versionsFile: string; readonly hasVersion: boolean },
): Finding {
  const files = matrixFilesIn(paths);
  const wanted = files.filter(({ version }) => versions.includes(version));
  const runtimes = [...new Set(wanted.map(({ runtime }) => runtime))];
  const points = runtimes.flatMap((runtime) =>
    versions.map((version) => ({
      runtime,
      version,
      own: wanted.filter((file) => file.runtime === runtime && file.version === version),
    })),
  );
  const missing = points.filter(({ own }) => own.length === 0);
  if (missing.length > 0 || points.length === 0) throw noFile(versionsFile, missing, files);
  const images: Record<string, ImageConfig> = {};
  const sources = new Map<string, string>();
  for (const { runtime, version, own } of points) {
    for (const { path } of own) {
      const key = keyOf(`${runtime}-py${version}`, path);
      const other = sources.get(key);
      if (other !== undefined) throw sameKey(key, other, path);
      sources.set(key, path);
      images[key] = ImageConfig.parse({ context: '.', dockerfile: path });
    }
  }
  const unlisted = files.filter((file) => !wanted.includes(file));
  return {
    how: 'python-matrix',
    source: versionsFile,
    files: [versionsFile],
    images,
    extras: {},
    prefix: undefined,
    pythonVersions: versions,
    found: [
      `${versionsFile}: ${versions.length} versions of Python (${listed(versions)}), each for ${listed(runtimes)}`,
      `each image is built from the root of the repository with its Dockerfile.<runtime>-py<version>`,
      ...(hasVersion ? [] : ['there is no VERSION, so the images get no version tag']),
    ],
    notTaken: unlisted.map(({ path, version }) => `${path} was not taken: ${versionsFile} does not list ${version}`),
  };
}

function noFile(
  versionsFile: string,
  missing: readonly { readonly runtime: string; readonly version: string }[],
  files: readonly MatrixFile[],
): ConfigError {
  const names = missing.map(({ runtime, version }) => {
    const beside = files.find((file) => file.runtime === runtime)?.path ?? '';
    return `${beside.slice(0, beside.lastIndexOf('/') + 1)}Dockerfile.${runtime}-py${version}`;
  });
  return new ConfigError({
    code: 'python-dockerfile-missing',
    what:
      names.length === 0
        ? `no Dockerfile is for a version that ${versionsFile} lists; there is ${listed(files.map(({ path }) => path))}`
        : `${versionsFile} lists versions that have no Dockerfile: ${listed(names)} ${names.length === 1 ? 'is' : 'are'} missing`,
    where: { file: versionsFile },
    state,
    next: 'write what is missing (or run what generates it), or take the version out',
  });
}
