import { z } from 'zod';
import { ToolError } from '../../domain/errors.ts';

const maxLength = 4 * 1024 * 1024;

/** A list that may be absent or null. */
const listOf = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

/** A record that may be absent or null. */
const recordOf = <T>(value: z.ZodType<T>) =>
  z
    .record(z.string(), value)
    .nullish()
    .transform((record) => record ?? {});

/** A text as buildx takes it on its command line; newer versions print its parts. */
const Attributes = z.union([
  z.string(),
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).transform(attributesText),
]);

/** An agent or keys; newer versions print their parts. */
const Ssh = z.union([
  z.string(),
  z
    .object({ id: z.string(), paths: listOf(z.string()) })
    .transform(({ id, paths }) => (paths.length === 0 ? id : `${id}=${paths.join(',')}`)),
]);

/** A target as `docker buildx bake --print` shows it. */
export const BakeTarget = z.object({
  context: z.string().default('.'),
  contexts: recordOf(z.string()),
  dockerfile: z.string().default('Dockerfile'),
  'dockerfile-inline': z.string().optional(),
  target: z.string().optional(),
  args: recordOf(z.string().nullable()),
  labels: recordOf(z.string().nullable()),
  tags: listOf(z.string()),
  platforms: listOf(z.string()),
  'cache-from': listOf(Attributes),
  'cache-to': listOf(Attributes),
  secret: listOf(Attributes),
  output: listOf(Attributes),
  'no-cache': z.boolean().nullish(),
  pull: z.boolean().nullish(),
  annotations: listOf(z.string()),
  attest: listOf(Attributes),
  call: z.string().nullish(),
  entitlements: listOf(z.string()),
  'extra-hosts': recordOf(z.string()),
  network: z.string().nullish(),
  'no-cache-filter': listOf(z.string()),
  'shm-size': z.string().optional(),
  ssh: listOf(Ssh),
  ulimits: listOf(z.string()),
});
export type BakeTarget = z.infer<typeof BakeTarget>;

/** What `docker buildx bake --print` shows. */
export const BakeDefinition = z.object({
  group: recordOf(z.object({ targets: listOf(z.string()) })),
  target: recordOf(BakeTarget),
});
export type BakeDefinition = z.infer<typeof BakeDefinition>;

/** What `docker buildx bake --list` shows. */
const BakeList = listOf(z.object({ name: z.string(), group: z.boolean().nullish() }));

/** Reads what bake printed. */
export function parseBakeDefinition(text: string, files: readonly string[]): BakeDefinition {
  return readPrinted(text, BakeDefinition, files);
}

/** The names of the targets, without the groups, in a list that bake printed. */
export function parseBakeList(text: string, files: readonly string[]): readonly string[] {
  return readPrinted(text, BakeList, files).flatMap(({ name, group }) => (group === true ? [] : [name]));
}

function readPrinted<T>(text: string, schema: z.ZodType<T>, files: readonly string[]): T {
  if (text.length > maxLength) throw unreadable(files, `it has more than ${maxLength} characters`, undefined);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(files, 'it is not JSON', cause);
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw unreadable(files, `${issue?.path.join('.').slice(0, 160) || 'the document'}: ${issue?.message}`, read.error);
}

function unreadable(files: readonly string[], why: string, cause: unknown): ToolError {
  return new ToolError({
    code: 'bake-unreadable',
    what: `docker buildx bake printed something else than a definition: ${why}`,
    where: files.join(', '),
    state: 'nothing was built',
    next: 'update the buildx plugin of Docker, and look at what `docker buildx bake --print` shows',
    cause,
  });
}

function attributesText(attributes: Readonly<Record<string, string | number | boolean>>): string {
  const { type, ...rest } = attributes;
  const entries = [...(type === undefined ? [] : [['type', type] as const]), ...Object.entries(rest)];
  return entries.map(([name, value]) => quoted(`${name}=${value}`)).join(',');
}

/** As a field of a line of values with commas between them. */
function quoted(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
