import { ConfigError } from '../../domain/errors.ts';
import { cleanPath, containedPath, joinPath } from '../../domain/path.ts';
import type { ImageConfig, SlipwayConfig } from '../../formats/config-schema.ts';
import { imagesOfFamily, type MatrixPoint } from '../../formats/families.ts';
import { parseValueList } from '../../formats/value-list.ts';
import type { Files } from '../../ports/files.ts';

/** What a configuration says is to be built. */
export interface Configured {
  readonly images: Readonly<Record<string, ImageConfig>>;
  /** The values of the matrix that an image stands for, by key. */
  readonly matrix: Readonly<Record<string, MatrixPoint>>;
  /** The values that the families give to the name `python`. */
  readonly pythonVersions: readonly string[];
  /** The files that hold values of a matrix. */
  readonly sources: readonly string[];
}

/** Every image that a configuration names, by key: those written out, and those of the families. */
export async function configuredImages(
  files: Files,
  folder: string,
  { config, configFile }: { readonly config: SlipwayConfig; readonly configFile: string },
): Promise<Configured> {
  const values = await readValueFiles(files, folder, config, configFile);
  const valuesIn = (file: string): readonly string[] => values.get(file) ?? [];
  const images = new Map(Object.entries(config.images ?? {}));
  const matrix: Record<string, MatrixPoint> = {};
  for (const [name, family] of Object.entries(config.families)) {
    for (const [key, image] of imagesOfFamily(family, { name, configFile, valuesIn })) {
      if (images.has(key)) throw twice(key, name, configFile);
      images.set(key, image.config);
      matrix[key] = image.matrix;
    }
  }
  const pythons = Object.values(config.families).flatMap(({ matrix: { python } }) => {
    if (python === undefined) return [];
    return Array.isArray(python) ? python.map(String) : valuesIn(python.file);
  });
  return {
    images: Object.fromEntries(images),
    matrix,
    pythonVersions: [...new Set(pythons)],
    sources: [...values.keys()].map(cleanPath),
  };
}

async function readValueFiles(
  files: Files,
  folder: string,
  config: SlipwayConfig,
  configFile: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = Object.values(config.families)
    .flatMap(({ matrix }) => Object.values(matrix))
    .flatMap((one) => (Array.isArray(one) ? [] : [one.file]));
  const read = [...new Set(names)].map(async (name) => {
    const path = containedPath(name, 'the file of a matrix', configFile);
    const text = await files.readText(joinPath(folder, path));
    if (text === undefined) throw noFile(name, configFile);
    return [name, parseValueList(text, path)] as const;
  });
  return new Map(await Promise.all(read));
}

function noFile(name: string, configFile: string): ConfigError {
  return new ConfigError({
    code: 'values-missing',
    what: `a matrix takes its values from ${name}, and there is no such file`,
    where: configFile,
    state: 'nothing was built',
    next: 'write the file, with one value on each line, or write the values into the matrix',
  });
}

function twice(key: string, family: string, configFile: string): ConfigError {
  return new ConfigError({
    code: 'image-twice',
    what: `the family ${family} has an image ${key}, and so has something before it`,
    where: configFile,
    state: 'nothing was built',
    next: 'give the family another key pattern, or take the other image out',
  });
}
