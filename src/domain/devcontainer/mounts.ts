import { cleanPath } from '../path.ts';
import type { DevcontainerMount } from './config.ts';

/** A path of the repository that a container or its build gets, and what names it. Links in it may lead anywhere. */
export interface TakenPath {
  readonly what: string;
  /** Relative to the folder of the repository. */
  readonly path: string;
}

/** What a mount takes, and what makes it reach for the machine. */
export interface MountSources {
  readonly sources: readonly string[];
  /** In words; absent where nothing but its sources counts. */
  readonly odd: string | undefined;
}

/**
 * Reads `type=bind,source=/a,target=/b`, or its parts. Docker takes the last of several sources, and compose files are
 * made of them by other rules, so each counts.
 */
export function readMount(mount: DevcontainerMount): MountSources {
  // The CLI makes such a text of the parts, whatever is in them.
  const text = typeof mount === 'string' ? mount : partsOf(mount);
  const sources = [...text.matchAll(/(?:^|,)\s*"?(?:source|src)=([^,"]*)/gi)].map(([, source = '']) => source);
  const options = [...text.matchAll(/(?:^|,)\s*(?:"volume-opt=([^"]*)|volume-opt="?([^,"]*))/gi)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
  const bad = options.find((option) => !isHarmlessOption(option));
  const odd = /[\r\n]/.test(text) ? 'a text of several lines' : bad && `a volume with the option ${bad}`;
  return { sources: /^[^,:]*=/.test(text) ? sources : [...sources, ...readShortMount(text).sources], odd };
}

/** Reads `/a:/b`, in which nothing has a name. */
export function readShortMount(text: string): MountSources {
  return { sources: [text.slice(0, Math.max(0, text.indexOf(':')))], odd: undefined };
}

function partsOf({ type, source, target }: Exclude<DevcontainerMount, string>): string {
  return `type=${type ?? ''},source=${source ?? ''},target=${target ?? ''}`;
}

const memoryOption = /^(?:(?:size|nr_blocks|nr_inodes|uid|gid|mode)=[\w%]*|no(?:suid|dev|exec|atime)|rw|ro|)$/;

/** A volume can be any folder of the machine by its options; one of memory cannot. */
export function isHarmlessOption(option: string): boolean {
  const [name = '', value = ''] = option.split(/=(.*)/s);
  if (name === 'type') return value === 'tmpfs';
  if (name === 'device') return !isOfHost(value);
  // `bind` among them would make the type count for nothing.
  if (name === 'o') return value.split(',').every((one) => memoryOption.test(one));
  return name === 'size';
}

/** Tells a path of the machine from a volume and from a path of the repository. */
export function isOfHost(source: string): boolean {
  const inside = insideWorkspace(source);
  if (inside !== undefined) return inside.split(/[/\\]/).includes('..') || inside.includes('${');
  return /^[/~.\\]|^[A-Za-z]:|\$\{(?!devcontainerId\})/.test(source) || leadsOut(source);
}

/** What comes behind the folder of the repository in a path that begins with its variable. */
export function insideWorkspace(source: string): string | undefined {
  return /^\$\{localWorkspaceFolder\}(?:\/(.*)|)$/s.exec(source)?.map((part) => part ?? '')[1];
}

/** A relative path that ends up above where it starts. */
export function leadsOut(path: string): boolean {
  return /^\.\.(?:\/|$)/.test(cleanPath(path.replaceAll('\\', '/')));
}

/** The folder in a context of a build that is an image layout; any other context as it is. */
export function folderOfContext(context: string): string {
  return context.replace(/^oci-layout:\/\//, '');
}

const local = `\${localWorkspaceFolder}`;

/** The folders from which a build takes a cache, such as `type=local,src=cache`; they are meant from the repository. */
export function cacheSources(cache: string, folder = local): readonly string[] {
  const sources = [...cache.matchAll(/(?:^|,)\s*"?src=([^,"]*)/gi)].map(([, source = '']) => source);
  return sources.map((source) => (/^[/~\\$]|^[A-Za-z]:/.test(source) ? source : `${folder}/${source}`));
}
