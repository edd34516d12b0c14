import { canonicalJson } from './canonical-json.ts';
import { type Digest, digestOf, hexOf } from './digest.ts';

/** The parts of an image's config that its fingerprint is made of. */
export interface FingerprintInputs {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
  readonly config?: Readonly<Record<string, unknown>> | null | undefined;
  readonly diffIds: readonly Digest[];
}

/** What old builders leave in a config and what no container ever sees. */
const noise = new Set([
  'Hostname',
  'Domainname',
  'Image',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'OpenStdin',
  'StdinOnce',
  'Tty',
  'Memory',
  'MemorySwap',
  'CpuShares',
  'Cpuset',
]);

const ignoredLabels: readonly string[] = ['org.opencontainers.image.created'];

/** Labels of ours that a rebuild changes although nothing in the image has: see decision 16. */
export const rebuildLabels: readonly string[] = [...ignoredLabels, 'org.opencontainers.image.revision'];

/** Hash of platform, runtime config and layers: two images with an equal one run alike. */
export function fingerprintOf(inputs: FingerprintInputs, ignored: readonly string[] = ignoredLabels): Digest {
  const config = Object.entries(inputs.config ?? {})
    .filter(([key]) => !noise.has(key) && !key.startsWith('moby.buildkit.'))
    .map(([key, value]) => [key, key === 'Labels' ? withoutIgnored(value, ignored) : value] as const)
    .filter(([, value]) => !isBlank(value));
  const text = canonicalJson({
    platform: withoutBlanks({
      os: inputs.os,
      architecture: inputs.architecture,
      variant: inputs.variant,
      'os.version': inputs['os.version'],
      'os.features': inputs['os.features'],
    }),
    config: Object.fromEntries(config),
    diff_ids: inputs.diffIds,
  });
  return digestOf(`slipway-fingerprint/1\n${text}`);
}

/** The hash, in hex, of what `docker inspect --format '{{.RootFS.Layers}}'` prints. */
export function layersHash(diffIds: readonly Digest[]): string {
  return hexOf(digestOf(`[${diffIds.join(' ')}]\n`));
}

function withoutIgnored(labels: unknown, ignored: readonly string[]): unknown {
  if (typeof labels !== 'object' || labels === null) return labels;
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !ignored.includes(key)));
}

function withoutBlanks(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => !isBlank(member)));
}

/** Absent, null, "", [] and {} say the same; `false` and 0 do too, since writers leave them out at will. */
function isBlank(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
