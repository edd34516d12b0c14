import { execInContainer } from '../../clients/engine-exec.ts';
import type { StartedContainer } from '../../formats/devcontainer-result.ts';
import type { Exec, ExecResult } from '../../ports/exec.ts';
import type { Files } from '../../ports/files.ts';
import type { ContainerFacts } from './probe.ts';

/** Runs programs in one container, each as its user and with the environment of a terminal there. */
export type InContainer = (
  command: readonly string[],
  more?: {
    readonly env?: Readonly<Record<string, string>>;
    readonly workdir?: string;
    readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  },
) => Promise<ExecResult>;

/** What a terminal says about itself, and a program finds out by itself. */
const ofTheProbe = new Set(['PWD', 'OLDPWD', 'SHLVL', '_']);

/** An environment that a terminal has told of, without what it told of itself. */
export function withoutTerminal(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ofTheProbe.has(name)));
}

/** Makes the way into a container. */
export function inContainer(
  ports: { readonly exec: Exec; readonly files: Pick<Files, 'tempFolder' | 'write'> },
  { started, facts }: { readonly started: StartedContainer; readonly facts: ContainerFacts },
  clientEnv: Readonly<Record<string, string>>,
): InContainer {
  const own = withoutTerminal(facts.env);
  return (command, { env = {}, workdir = started.remoteWorkspaceFolder, onLine } = {}) => {
    const wanted = { container: started.containerId, user: started.remoteUser, workdir, command, own };
    const listener = onLine === undefined ? {} : { onLine };
    return execInContainer(
      ports,
      { ...wanted, env: { ...env, ...safeDirectory({ ...own, ...env }, started) }, ...listener },
      clientEnv,
    );
  };
}

/** Git refuses a checkout whose owner is somebody else, and in a container it often is. */
function safeDirectory(
  env: Readonly<Record<string, string>>,
  { remoteWorkspaceFolder: folder }: { readonly remoteWorkspaceFolder: string },
): Readonly<Record<string, string>> {
  const count = /^\d{1,3}$/.test(env.GIT_CONFIG_COUNT ?? '') ? Number(env.GIT_CONFIG_COUNT) : 0;
  return {
    GIT_CONFIG_COUNT: `${count + 1}`,
    [`GIT_CONFIG_KEY_${count}`]: 'safe.directory',
    [`GIT_CONFIG_VALUE_${count}`]: folder,
  };
}
