import { z } from 'zod';

const Texts = z.record(z.string(), z.string());

/** A secret that a build may mount, and where its value is found; the value is in no document. */
export const BuildSecret = z.strictObject({
  id: z.string(),
  from: z.enum(['env', 'file']),
  /** The name of the variable, or the path. */
  name: z.string(),
  /** The image is built without it as well. */
  optional: z.boolean().optional(),
});
export type BuildSecret = z.infer<typeof BuildSecret>;

/** What a build is told beside its context, its Dockerfile and its arguments. */
export const BuildOptions = z.strictObject({
  secrets: z.array(BuildSecret),
  ssh: z.array(z.string()),
  network: z.enum(['default', 'none', 'host']).nullable(),
  addHosts: Texts,
  ulimits: Texts,
  shmSize: z.string().nullable(),
  allow: z.array(z.string()),
  labels: Texts,
  annotations: Texts,
  provenance: z.enum(['min', 'max', 'none']),
  sbom: z.boolean(),
  noCacheFilters: z.array(z.string()),
});
export type BuildOptions = z.infer<typeof BuildOptions>;

/** A build that is told nothing of its own. */
export const plainBuild: BuildOptions = {
  secrets: [],
  ssh: [],
  network: null,
  addHosts: {},
  ulimits: {},
  shmSize: null,
  allow: [],
  labels: {},
  annotations: {},
  provenance: 'max',
  sbom: false,
  noCacheFilters: [],
};

const plainValues: Readonly<Record<string, unknown>> = plainBuild;

/** What of the options differs from a plain build; equal options give equal parts of an input identity. */
export function ownOptions(options: BuildOptions): Partial<BuildOptions> {
  // Whether a secret may be missing, and which agent there is, changes nothing in what is built.
  const secrets = options.secrets.map(({ optional: _, ...secret }) => secret);
  const entries = Object.entries({ ...options, secrets, ssh: plainBuild.ssh }).filter(
    ([name, value]) => !isPlain(value, plainValues[name]),
  );
  return Object.fromEntries(entries);
}

/** In a plain build every list and every record is empty. */
function isPlain(value: unknown, plain: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === plain;
  return Object.keys(value).length === 0;
}
