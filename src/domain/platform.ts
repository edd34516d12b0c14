import { ConfigError } from './errors.ts';

declare const platformBrand: unique symbol;

/** A platform in the one spelling that we compare: `os/architecture` or `os/architecture/variant`. */
export type Platform = string & { readonly [platformBrand]: true };

const aliases = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
]);

/** Variants that say nothing, so that `linux/arm64/v8` and `linux/arm64` are one platform. */
const impliedVariants = new Map([
  ['arm64', ['v8', 'v8.0']],
  ['amd64', ['v1']],
]);

/** Where a variant must be, the one that is meant without it. */
const usualVariants = new Map([['arm', 'v7']]);

/** Machines of a variant run what was made for those behind it. */
const variantOrders = new Map<string, readonly (string | undefined)[]>([
  ['arm', ['v8', 'v7', 'v6', 'v5']],
  ['amd64', ['v4', 'v3', 'v2', undefined]],
  ['arm64', ['v9', undefined]],
]);

function isPlatform(text: string): text is Platform {
  return /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9.]+)?$/.test(text);
}

/** Puts the fields of an OCI platform object into the one spelling. */
export function platformOf(fields: {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}): Platform {
  const architecture = aliases.get(fields.architecture) ?? fields.architecture;
  const variant = variantOf(architecture, fields.variant);
  const text = [fields.os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
  if (isPlatform(text)) return text;
  throw new ConfigError({
    code: 'platform-invalid',
    what: `"${text}" is not a platform`,
    state: 'nothing was built',
    next: 'write it as os/architecture, for example linux/amd64 or linux/arm/v7',
  });
}

function variantOf(architecture: string, written: string | undefined): string | undefined {
  const text = written === undefined || written === '' ? usualVariants.get(architecture) : written;
  const variant = text?.replace(/^(?=[0-9])/, 'v');
  return variant !== undefined && impliedVariants.get(architecture)?.includes(variant) === true ? undefined : variant;
}

/** The platforms whose images run on this one, the best first: a builder takes linux/arm/v6 where there is no linux/arm/v7. */
export function servingPlatforms(platform: Platform): readonly Platform[] {
  const [os = '', architecture = '', variant] = platform.split('/');
  const order = variantOrders.get(architecture) ?? [];
  const at = order.indexOf(variant);
  const older = at < 0 ? [] : order.slice(at + 1);
  return [platform, ...older.map((one) => platformOf({ os, architecture, variant: one }))];
}

/** Reads a platform as people write it. */
export function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant, ...more] = text.trim().toLowerCase().split('/');
  return platformOf({ os, architecture: more.length > 0 ? `${architecture}/?` : architecture, variant });
}

/** Linux first, then amd64, arm64 and the rest by name: the order in which indexes and reports list platforms. */
export function comparePlatforms(a: Platform, b: Platform): number {
  const rank = (platform: Platform): string => {
    const [os = '', architecture = ''] = platform.split('/');
    const place = architecture === 'amd64' ? 0 : architecture === 'arm64' ? 1 : 2;
    return `${os === 'linux' ? 0 : 1}${os}${place}${platform}`;
  };
  return rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0;
}
