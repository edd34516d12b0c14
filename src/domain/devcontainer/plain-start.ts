import { type ImageStart, runArgs, StartConfig } from './run-args.ts';
import { type Hook, mergeMetadata, type StartMetadata } from './start-metadata.ts';
import { devcontainerId, fillTexts, type Lookup, variableOf } from './substitution.ts';
import { canRenumber, type Numbers, wantsNumbers } from './user-number.ts';

/** What is known when a container is to be started. */
export interface StartQuestion {
  /** The configuration that names the image. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly image: ImageStart;
  /** By it the container is found. */
  readonly label: string;
  /** The folder of the repository, and the one that git says it is in. */
  readonly folder: string;
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly updateUid: boolean;
  /** Who we are on this machine. */
  readonly self: Numbers;
}

/** How a container is started without the CLI, so that it is the same as with it. */
export interface PlainStart {
  /** Of `docker run`. */
  readonly args: readonly string[];
  readonly user: string;
  /** What the user is to be numbered in the container; as the image has it without them. */
  readonly numbers: Numbers | undefined;
  readonly workspaceFolder: string;
  /** Where programs start in the container if nobody says it. */
  readonly workdir: string;
  /** What the container is given as its environment. */
  readonly containerEnv: Readonly<Record<string, string>>;
  readonly remoteEnv: Readonly<Record<string, string>>;
  readonly probe: StartMetadata['userEnvProbe'];
  readonly hooks: readonly Hook[];
}

/** They make another environment or user, or end what is to stay. */
const oddRunArg =
  /^(?:-(?![chlmpPv](?:=|$)|[-\d])|--(?:attach|detach|detach-keys|env|env-file|interactive|platform|pull|rm|sig-proxy|tty|user|workdir)(?:=|$))/;

/**
 * How the CLI 0.89 would start the container; undefined where that cannot be told exactly. It reads the label of the image
 * and the rest of the configuration, puts variables in, and runs docker.
 */
export function planStart(question: StartQuestion): PlainStart | undefined {
  const { image, label, config: given } = question;
  const said = parsed(image.metadata ?? '[]');
  const entries = [said].flat().filter(isSaid);
  const place = placeOf(given, question);
  // A variable without a name is an error, and the CLI says so best.
  const isNameless = /\$\{(?:env|localEnv|containerEnv)\}/.test(JSON.stringify([given, entries]));
  if (said === undefined || isNameless || place === undefined) return undefined;
  const workspaceFolder = `${fillTexts(place.folder, localLookup(question, place.folder))}`;
  const local = localLookup(question, workspaceFolder);
  const id = devcontainerId(label);
  const fill = (value: unknown): unknown =>
    fillTexts(fillTexts(value, local), (name) => (name === 'devcontainerId' ? id : undefined));
  const config = StartConfig.safeParse(fill(given)).data;
  const merged = mergeMetadata(fill(entries));
  if (config === undefined || merged === undefined || config.runArgs.some((arg) => oddRunArg.test(arg)))
    return undefined;
  const started = merged.containerUser ?? (image.user || 'root');
  const user = merged.remoteUser ?? started;
  const containerEnv = { ...envOf(image.env), ...merged.containerEnv };
  const remoteEnv = filledRemoteEnv(merged.remoteEnv, containerEnv);
  const names = Object.keys({ ...containerEnv, ...remoteEnv });
  if (remoteEnv === undefined || names.some(isOddName) || ![started, user].every((one) => /^\w[\w-]*$/.test(one)))
    return undefined;
  const mounts = [...place.mounts.map((mount) => `${fillTexts(mount, local)}`), ...merged.mounts];
  const { self, updateUid } = question;
  const numbers = wantsNumbers(user, self) && (merged.updateUid ?? updateUid) ? self : undefined;
  if (numbers !== undefined && !canRenumber({ merged, config, mounts, image })) return undefined;
  const args = runArgs({ config, merged, mounts, entries, image, label });
  const { userEnvProbe: probe, hooks } = merged;
  const workdir = image.workdir || '/';
  return { args, user, numbers, workspaceFolder, workdir, containerEnv, remoteEnv, probe, hooks };
}

function localLookup({ env, folder }: StartQuestion, workspaceFolder: string): Lookup {
  return (name, args) => {
    switch (name) {
      case 'env':
      case 'localEnv':
        return variableOf(env, args);
      case 'localWorkspaceFolder':
        return folder;
      case 'localWorkspaceFolderBasename':
        return nameOf(folder);
      case 'containerWorkspaceFolder':
        return workspaceFolder;
      case 'containerWorkspaceFolderBasename':
        return nameOf(workspaceFolder);
      default:
        return undefined;
    }
  };
}

/** Where the repository is in the container, and by which mount; as the configuration says, or below /workspaces. */
function placeOf(
  { workspaceFolder, workspaceMount }: Readonly<Record<string, unknown>>,
  { folder, root }: StartQuestion,
): { readonly folder: string; readonly mounts: readonly string[] } | undefined {
  const texts = [workspaceFolder ?? '/', workspaceMount ?? ''].map(String);
  // Within these the CLI puts in less than elsewhere.
  const isOdd = /\$\{(?:devcontainerId|containerEnv)/.test(texts.join()) || /^$|\$\{containerW/.test(texts[0] ?? '');
  const isBelow = `${folder}/`.startsWith(`${root}/`) && !/\/(?:\.\.?)?(?:\/|$)|\.code-workspace$/.test(folder);
  if (isOdd || !isBelow) return undefined;
  const at = `/workspaces/${nameOf(root)}`;
  const own = `type=bind,${quoted(`source=${root}`)},${quoted(`target=${at}`)}`;
  const mount = workspaceMount === undefined ? own : `${workspaceMount}`;
  return {
    folder: workspaceFolder === undefined ? at + folder.slice(root.length) : `${workspaceFolder}`,
    mounts: mount === '' ? [] : [mount],
  };
}

/** A field with a comma in it. */
function quoted(field: string): string {
  return field.includes(',') ? `"${field}"` : field;
}

/** The variables of the container are known before it is there. One that nobody has given it may come from elsewhere. */
function filledRemoteEnv(
  remoteEnv: Readonly<Record<string, string>>,
  containerEnv: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  let isKnown = true;
  const filled = Object.entries(remoteEnv).map(([name, text]): readonly [string, string] => {
    const lookup: Lookup = (variable, args) => {
      if (variable !== 'containerEnv') return undefined;
      isKnown &&= Object.hasOwn(containerEnv, args[0] ?? '');
      return variableOf(containerEnv, args);
    };
    return [name, `${fillTexts(text, lookup)}`];
  });
  return isKnown ? Object.fromEntries(filled) : undefined;
}

function envOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s)).map(([name = '', value = '']) => [name, value]));
}

/** Shells lose the first kind, and have the second for themselves. */
function isOddName(name: string): boolean {
  return (
    !/^[A-Za-z_]\w*$/.test(name) ||
    /^(?:UID|EUID|PPID|SHELLOPTS|BASHOPTS|IFS|OPTIND|PWD|OLDPWD|SHLVL|_|slw_\w*)$/i.test(name)
  );
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? '';
}

function isSaid(entry: unknown): boolean {
  return typeof entry !== 'object' || entry === null || Object.keys(entry).length > 0;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
