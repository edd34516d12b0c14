import { z } from 'zod';

const NonEmpty = z.array(z.string()).min(1);
const Command = z.union([z.string(), z.array(z.string()), z.record(z.string(), z.union([z.string(), NonEmpty]))]);
const Mount = z.union([
  z.string(),
  z.strictObject({ type: z.string(), source: z.string().optional(), target: z.string() }),
]);
const Texts = z.record(z.string(), z.string());

/** The commands of a container's life, in the order in which they run. */
export const hookNames = [
  'onCreateCommand',
  'updateContentCommand',
  'postCreateCommand',
  'postStartCommand',
  'postAttachCommand',
] as const;

/** One entry of the label of an image: what a base, a Feature or the configuration said. One that says more is not understood. */
const Entry = z.strictObject({
  id: z.string().optional(),
  init: z.boolean().optional(),
  privileged: z.boolean().optional(),
  capAdd: z.array(z.string()).optional(),
  securityOpt: z.array(z.string()).optional(),
  entrypoint: z.string().optional(),
  mounts: z.array(Mount).optional(),
  onCreateCommand: Command.optional(),
  updateContentCommand: Command.optional(),
  postCreateCommand: Command.optional(),
  postStartCommand: Command.optional(),
  postAttachCommand: Command.optional(),
  remoteUser: z.string().optional(),
  containerUser: z.string().optional(),
  userEnvProbe: z.enum(['none', 'loginInteractiveShell', 'interactiveShell', 'loginShell']).optional(),
  remoteEnv: Texts.optional(),
  containerEnv: Texts.optional(),
  overrideCommand: z.boolean().optional(),
  updateRemoteUserUID: z.boolean().optional(),
  // What editors, or nobody here, go by.
  customizations: z.unknown().optional(),
  waitFor: z.unknown().optional(),
  portsAttributes: z.unknown().optional(),
  otherPortsAttributes: z.unknown().optional(),
  forwardPorts: z.unknown().optional(),
  shutdownAction: z.unknown().optional(),
  hostRequirements: z.unknown().optional(),
});
type Entry = z.infer<typeof Entry>;
const Entries = z.array(Entry);

/** One command of a hook, as an argument list. */
export interface Hook {
  readonly name: (typeof hookNames)[number];
  /** Whose it is, in words. */
  readonly origin: string;
  /** More than one run beside each other. */
  readonly commands: readonly (readonly string[])[];
}

/** What all entries of a label come to; later ones win where only one can. */
export interface StartMetadata {
  readonly init: boolean;
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly securityOpt: readonly string[];
  readonly entrypoints: readonly string[];
  /** Each as the value of `--mount`. */
  readonly mounts: readonly string[];
  readonly hooks: readonly Hook[];
  readonly remoteUser: string | undefined;
  readonly containerUser: string | undefined;
  readonly userEnvProbe: NonNullable<Entry['userEnvProbe']>;
  readonly remoteEnv: Readonly<Record<string, string>>;
  readonly containerEnv: Readonly<Record<string, string>>;
  readonly overrideCommand: boolean;
  readonly updateUid: boolean | undefined;
}

/** Merges the entries of a label as the CLI does; undefined where any of them says what is not understood. */
export function mergeMetadata(entries: unknown): StartMetadata | undefined {
  const read = Entries.safeParse(entries);
  if (!read.success) return undefined;
  const all = read.data;
  const last = all.toReversed();
  const said = <T>(of: (entry: Entry) => T | undefined): readonly T[] => all.map(of).filter((one) => one !== undefined);
  return {
    init: said(({ init }) => init).includes(true),
    privileged: said(({ privileged }) => privileged).includes(true),
    capAdd: [...new Set(said(({ capAdd }) => capAdd).flat())],
    securityOpt: [...new Set(said(({ securityOpt }) => securityOpt).flat())],
    entrypoints: said(({ entrypoint }) => entrypoint).filter((text) => text !== ''),
    mounts: mountsOf(said(({ mounts }) => mounts).flat()),
    hooks: hookNames.flatMap((name) => all.flatMap((entry) => hookOf(name, entry))),
    remoteUser: last.find(({ remoteUser }) => remoteUser)?.remoteUser,
    containerUser: last.find(({ containerUser }) => containerUser)?.containerUser,
    userEnvProbe: said(({ userEnvProbe }) => userEnvProbe).at(-1) ?? 'loginInteractiveShell',
    remoteEnv: Object.assign({}, ...said(({ remoteEnv }) => remoteEnv)),
    containerEnv: Object.assign({}, ...said(({ containerEnv }) => containerEnv)),
    overrideCommand: said(({ overrideCommand }) => overrideCommand).at(-1) ?? true,
    updateUid: said(({ updateRemoteUserUID }) => updateRemoteUserUID).at(-1),
  };
}

function hookOf(name: Hook['name'], entry: Entry): readonly Hook[] {
  const said = entry[name] ?? '';
  if (typeof said === 'string' && said.trim() === '') return [];
  const given = typeof said === 'string' || Array.isArray(said) ? [said] : Object.values(said);
  const commands = given
    .map((one) => (typeof one === 'string' ? ['/bin/sh', '-c', one] : one))
    .filter((one) => one.length > 0);
  return commands.length === 0 ? [] : [{ name, origin: entry.id ?? 'devcontainer.json', commands }];
}

/** The last mount of a target is the one that counts. */
function mountsOf(mounts: readonly z.infer<typeof Mount>[]): readonly string[] {
  const byTarget = new Map<string | undefined, string>();
  for (const mount of mounts) {
    const target = typeof mount === 'string' ? targetIn(mount) : mount.target;
    // Put in anew, so that it also stands where the last one stood.
    byTarget.delete(target);
    byTarget.set(target, typeof mount === 'string' ? mount : textOf(mount));
  }
  return [...byTarget.values()];
}

function textOf({ type, source = '', target }: Exclude<z.infer<typeof Mount>, string>): string {
  return `type=${type},${source === '' ? '' : `src=${source},`}dst=${target}`;
}

function targetIn(mount: string): string | undefined {
  const parts = mount.split(',').map((part) => part.split('='));
  return parts.findLast(([key = '']) => ['target', 'destination', 'dst'].includes(key))?.[1];
}
