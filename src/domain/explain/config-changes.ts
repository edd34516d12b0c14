import { canonicalJson } from '../canonical-json.ts';
import { isSecretName, mask, maskedText } from './masked.ts';

/** A key of two configs whose values differ; null where one has none. */
export interface ConfigChange {
  readonly key: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** The parts of a config that are compared. */
export interface ComparedConfig {
  readonly os: string;
  readonly architecture: string;
  readonly config?: Readonly<Record<string, unknown>> | null | undefined;
  readonly [key: string]: unknown;
}

const platformKeys = ['os', 'architecture', 'variant', 'os.version', 'os.features'];
/** No container sees these; they are named where nothing else differs. */
const quietKeys = ['created', 'author', 'history', 'docker_version', 'container', 'container_config'];
const quietLabel = 'config.Labels.org.opencontainers.image.created';

/** The keys by which containers of two images differ, with masked secrets. */
export function configChanges(a: ComparedConfig, b: ComparedConfig): readonly ConfigChange[] {
  return allChanges(a, b).filter(({ key }) => key !== quietLabel);
}

/** The keys that no container sees and that differ all the same. */
export function quietChanges(a: ComparedConfig, b: ComparedConfig): readonly ConfigChange[] {
  const label = allChanges(a, b).filter(({ key }) => key === quietLabel);
  const own = quietKeys.flatMap((key) => change(key, a[key], b[key]));
  // A history is long; that it differs is what there is to say.
  return [...own.map((one) => (one.key === 'history' ? { key: 'history', a: '…', b: '…' } : one)), ...label];
}

function allChanges(a: ComparedConfig, b: ComparedConfig): readonly ConfigChange[] {
  const platform = platformKeys.flatMap((key) => change(key, a[key], b[key]));
  const [one, other] = [flat(a.config ?? {}), flat(b.config ?? {})];
  const keys = [...new Set([...one.keys(), ...other.keys()])].sort();
  const own = keys.flatMap((key) => change(`config.${key}`, one.get(key), other.get(key)));
  const isInEnv = own.some(({ key }) => key.startsWith('config.Env.'));
  const order = isInEnv ? [] : change('config.Env (order)', namesIn(a.config), namesIn(b.config));
  return [...platform, ...own, ...order];
}

/** The names of the variables as they stand; which comes first may matter to what reads them. */
function namesIn(config: ComparedConfig['config']): unknown {
  const env = config?.Env;
  return Array.isArray(env) ? env.map((line) => String(line).split('=')[0]) : [];
}

function change(key: string, a: unknown, b: unknown): readonly ConfigChange[] {
  if (textOf(a) === textOf(b)) return [];
  if (isSecretName(key)) return [{ key, a: isBlank(a) ? null : mask, b: isBlank(b) ? null : mask }];
  return [{ key, a: masked(a), b: masked(b) }];
}

/** Each variable and each label by itself, and everything else by its name. */
function flat(config: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith('moby.buildkit.')) continue;
    if (key === 'Env' && Array.isArray(value)) {
      for (const line of value.map(String)) {
        const at = line.indexOf('=');
        found.set(`Env.${at < 0 ? line : line.slice(0, at)}`, at < 0 ? '' : line.slice(at + 1));
      }
    } else if (key === 'Labels' && typeof value === 'object' && value !== null) {
      for (const [name, label] of Object.entries(value)) found.set(`Labels.${name}`, label);
    } else found.set(key, value);
  }
  return found;
}

function masked(value: unknown): unknown {
  if (isBlank(value)) return null;
  if (typeof value === 'string') return maskedText(value);
  return Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? maskedText(one) : one)) : value;
}

function textOf(value: unknown): string {
  return isBlank(value) ? '' : canonicalJson(value);
}

/** Absent, null, "", [] and {} say the same, as in a fingerprint. */
function isBlank(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
