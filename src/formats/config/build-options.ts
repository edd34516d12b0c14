import { z } from 'zod';

const Texts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

const optional = z.boolean().optional().describe('Whether the image is also built without it');

/** Where the value of a build secret is found; the value itself is in no configuration. */
export const SecretConfig = z.union([
  z.strictObject({ env: z.string().min(1).describe('A variable of the environment'), optional }),
  z.strictObject({ file: z.string().min(1).describe('A file of the repository, or an absolute path'), optional }),
]);
export type SecretConfig = z.infer<typeof SecretConfig>;

/** What a build may be told beside its context and arguments; names are those of buildx. */
export const buildOptionFields = {
  secrets: z
    .record(z.string().regex(/^[A-Za-z0-9_.-]+$/), SecretConfig)
    .default({})
    .describe('Secrets that the build may mount, by id: an environment variable or a file'),
  ssh: z.array(z.string()).default([]).describe('SSH agents or keys that the build may mount, such as default'),
  network: z.enum(['default', 'none', 'host']).optional().describe('The network of RUN instructions'),
  'add-hosts': Texts.default({}).describe('Names of hosts with their addresses, for RUN instructions'),
  ulimits: Texts.default({}).describe('Limits of RUN instructions, such as nofile: 1024:2048'),
  'shm-size': z
    .string()
    .regex(/^\d+(?:\.\d+)?[kmgt]?i?b?$/i)
    .optional()
    .describe('The size of /dev/shm of RUN instructions, such as 128m'),
  allow: z
    .array(z.string())
    .default([])
    .describe('Entitlements that the build needs, such as network.host; the builder must grant them'),
  labels: Texts.default({}).describe('Labels of the image; {version}, {tag}, {registry} and {key} are filled in'),
  annotations: Texts.default({}).describe('Annotations of the image; a name may say where, such as index:NAME'),
  provenance: z
    .union([z.literal(false), z.enum(['min', 'max'])])
    .default('max')
    .describe('How much provenance says'),
  sbom: z.boolean().default(false).describe('Whether the build makes a list of what is in the image'),
  'no-cache': z.boolean().default(false).describe('Whether no layer is ever taken from a cache'),
  'no-cache-filters': z.array(z.string()).default([]).describe('Stages that are never taken from a cache'),
};
