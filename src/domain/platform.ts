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
  ['arm64', 'v8'],
  ['amd64', 'v1'],
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
  const variant = fields.variant === impliedVariants.get(architecture) ? undefined : fields.variant;
  const text = [fields.os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
  if (isPlatform(text)) return text;
  throw new ConfigError({
    code: 'platform-invalid',
    what: `"${text}" is not a platform`,
    state: 'nothing was built',
    next: 'write it as os/architecture, for example linux/amd64 or linux/arm/v7',
  });
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
