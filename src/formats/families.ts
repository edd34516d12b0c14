import { ConfigError } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest-name.ts';
import { KeyField } from '../domain/schemas.ts';
import { type FamilyConfig, ImageConfig, type MatrixValues } from './config-schema.ts';

/** The values that one image of a family stands for. */
export type MatrixPoint = Readonly<Record<string, string>>;

/** An image as the configuration means it: with its own texts, and the values of the matrix that it came from. */
export interface ConfiguredImage {
  readonly config: ImageConfig;
  readonly matrix: MatrixPoint;
}

/** Where a family is written, and the values that its files hold. */
export interface FamilyContext {
  readonly name: string;
  readonly configFile: string;
  /** The values of a file of the matrix, already read. */
  readonly valuesIn: (file: string) => readonly string[];
}

const mostImages = 10_000;

/** The images of a family, by key: one for each point of its matrix, with all placeholders filled. */
export function imagesOfFamily(family: FamilyConfig, context: FamilyContext): ReadonlyMap<string, ConfiguredImage> {
  const { key: _, matrix, exclude, include, ...fields } = family;
  const names = Object.keys(matrix);
  const where = `families.${context.name} in ${context.configFile}`;
  for (const [index, point] of exclude.entries()) requireNames(point, names, `exclude ${index + 1} of ${where}`);
  const values = Object.values(matrix).map((one) => valuesOf(one, context));
  requireFew(
    values.reduce((product, one) => product * one.length, 1),
    where,
  );
  const points = [
    ...combinations(names, values).filter((point) => !exclude.some((pattern) => isPart(pattern, point))),
    ...include.map((point) => asTexts(point)),
  ];
  const images = new Map<string, ConfiguredImage>();
  for (const point of points) {
    const key = filled(family.key, point, `key of ${where}`);
    if (!KeyField.safeParse(key).success) throw badKey(key, where);
    if (images.has(key)) throw sameKey(key, where);
    images.set(key, { config: filledFields(fields, point, where), matrix: point });
  }
  return images;
}

/** Names that the plan fills, when it knows them. */
const later = new Set(['registry', 'version', 'tag', 'key']);

/** In commands and arguments braces may have a meaning of their own: what is no name of the matrix stays as it is. */
const lenient = new Set(['tests', 'build-args']);

function filled(text: string, point: MatrixPoint, where: string | undefined): string {
  return text.replace(/\{([A-Za-z_][\w-]*)\}/g, (whole, name: string) => {
    const value = point[name];
    if (value !== undefined) return value;
    if (later.has(name) || where === undefined) return whole;
    const nearest = nearestName(name, [...Object.keys(point), ...later]);
    throw new ConfigError({
      code: 'config-placeholder',
      what: `{${name}} is no name of the matrix`,
      where,
      state: 'nothing was built',
      next: nearest === undefined ? `use one of: ${Object.keys(point).join(', ')}` : `did you mean {${nearest}}?`,
    });
  });
}

function filledFields(fields: Readonly<Record<string, unknown>>, point: MatrixPoint, where: string): ImageConfig {
  const fill = (value: unknown, place: string | undefined): unknown => {
    if (typeof value === 'string') return filled(value, point, place);
    if (Array.isArray(value)) return value.map((one) => fill(one, place));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner, place)]));
  };
  const texts = Object.entries(fields).map(([name, value]) => {
    return [name, fill(value, lenient.has(name) ? undefined : `${name} of ${where}`)];
  });
  return ImageConfig.parse(Object.fromEntries(texts));
}

function valuesOf(values: MatrixValues, { valuesIn }: FamilyContext): readonly string[] {
  return Array.isArray(values) ? values.map(String) : valuesIn(values.file);
}

function combinations(names: readonly string[], values: readonly (readonly string[])[]): readonly MatrixPoint[] {
  let points: readonly MatrixPoint[] = [{}];
  for (const [index, name] of names.entries()) {
    points = points.flatMap((point) => (values[index] ?? []).map((value) => ({ ...point, [name]: value })));
  }
  return points;
}

function asTexts(point: Readonly<Record<string, unknown>>): MatrixPoint {
  return Object.fromEntries(Object.entries(point).map(([name, value]) => [name, String(value)]));
}

function isPart(pattern: Readonly<Record<string, unknown>>, point: MatrixPoint): boolean {
  return Object.entries(pattern).every(([name, value]) => point[name] === String(value));
}

/** An exclusion with a name that is not in the matrix would silently exclude nothing. */
function requireNames(point: Readonly<Record<string, unknown>>, names: readonly string[], where: string): void {
  const unknown = Object.keys(point).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, names);
  throw new ConfigError({
    code: 'config-matrix',
    what: `${JSON.stringify(unknown)} is no name of the matrix`,
    where,
    state: 'nothing was built',
    next: nearest === undefined ? `use one of: ${names.join(', ')}` : `did you mean ${JSON.stringify(nearest)}?`,
  });
}

function requireFew(count: number, where: string): void {
  if (count <= mostImages) return;
  throw new ConfigError({
    code: 'config-matrix',
    what: `the matrix has ${count} points, more than ${mostImages}`,
    where,
    state: 'nothing was built',
    next: 'give it fewer values, or split the family',
  });
}

function badKey(key: string, where: string): ConfigError {
  return new ConfigError({
    code: 'config-matrix',
    what: `${JSON.stringify(key.slice(0, 100))} can be no key of an image`,
    where,
    state: 'nothing was built',
    next: 'make keys of lower case letters, digits, ".", "_" and "-"',
  });
}

function sameKey(key: string, where: string): ConfigError {
  return new ConfigError({
    code: 'config-matrix',
    what: `two points of the matrix have the key ${key}`,
    where,
    state: 'nothing was built',
    next: 'put every name of the matrix into the key, such as {runtime}-py{python}',
  });
}
