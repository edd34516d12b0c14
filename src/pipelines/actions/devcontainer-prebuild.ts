import { type PublishedName, readImageInput } from '../../domain/devcontainer/image-input.ts';
import type { RefreshRules } from '../../domain/devcontainer/origin.ts';
import type { PrebuildOutcome } from '../../domain/devcontainer/outcome.ts';
import type { PushMode } from '../../domain/devcontainer/push-decision.ts';
import { RefusedError } from '../../domain/errors.ts';
import { hostOf, refText } from '../../domain/image-ref.ts';
import { containedPath, joinPath } from '../../domain/path.ts';
import { parsePlatform } from '../../domain/platform.ts';
import { pathMatcher } from '../../formats/dockerignore.ts';
import type { Cache } from '../../ports/cache.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts, Ports } from '../../ports/ports.ts';
import { devcontainerSummary } from '../../reports/devcontainer-summary.ts';
import type { SignIn } from '../destination.ts';
import { checkInputs } from '../devcontainer/check-inputs.ts';
import type { PrebuildChoices } from '../devcontainer/choices.ts';
import { installCli } from '../devcontainer/cli-version.ts';
import { readEnvLines } from '../devcontainer/env-lines.ts';
import { prebuild } from '../devcontainer.ts';
import { requireSpace } from '../free-space.ts';
import { removeLeft } from '../leftovers.ts';
import { halfSignIn, type SignInInputs } from './action.ts';

/** The inputs of the action. */
export interface DevcontainerInputs extends SignInInputs {
  readonly image: string;
  readonly run?: string | undefined;
  readonly config?: string | undefined;
  readonly folder?: string | undefined;
  readonly push: PushMode;
  readonly 'push-events': readonly string[];
  readonly 'push-refs': readonly string[];
  readonly allow: readonly string[];
  readonly refresh: RefreshRules['mode'];
  readonly 'refresh-max-age'?: number | undefined;
  readonly platforms: readonly string[];
  readonly 'hash-extra-files': readonly string[];
  readonly 'cache-from': readonly string[];
  readonly 'cache-to': readonly string[];
  readonly env: readonly string[];
  readonly venv: PrebuildChoices['venv']['manager'];
  readonly 'venv-project'?: string | undefined;
  readonly 'venv-args': readonly string[];
  readonly 'cache-paths': readonly string[];
  readonly 'cache-key-files': readonly string[];
  readonly 'update-uid': boolean;
  readonly 'cli-version'?: string | undefined;
  readonly builder?: string | undefined;
  readonly 'buildkit-image'?: string | undefined;
}

const ownerState = 'owner';
const folderState = 'folder';
const builderState = 'builder';

/** What comes with the action: the CLI, and the cache of the runner. */
export interface DevcontainerTools {
  readonly cli: PrebuildChoices['cli'];
  readonly cache: Cache;
}

/** Runs a command in the dev container of a repository. */
export async function devcontainerPrebuild(
  ports: ActionPorts,
  host: Host,
  { inputs, tools }: { readonly inputs: DevcontainerInputs; readonly tools: DevcontainerTools },
): Promise<void> {
  const name = readImageInput(inputs.image, 'with: image');
  checkInputs(inputs);
  const given = {
    folder: folderOf(host, inputs),
    env: readEnvLines(inputs.env, ports),
    signIn: signInOf(inputs, name),
  };
  // It takes docker a while to say where its disk is; what is decided meanwhile needs none.
  const space = requireSpace(ports, host.temp);
  space.catch(() => undefined);
  const owner = `${host.run.id}-${ports.random.hex(12)}`;
  // No temporary folder: those go with the process, and the post step reads in this one what is to be taken away.
  const folder = joinPath(host.temp, `slipway-devcontainer-${owner}`);
  await ports.files.makeFolder(folder);
  await ports.outputs.saveState(ownerState, owner);
  await ports.outputs.saveState(folderState, folder);
  const { 'cli-version': version } = inputs;
  const { cli: bundled, cache } = tools;
  const cli = version === undefined ? bundled : await installCli(ports, folder, { version, program: bundled.program });
  const onBuilder = (builder: string): Promise<void> => ports.outputs.saveState(builderState, builder);
  let last: PrebuildOutcome | undefined;
  try {
    await prebuild({ ...ports, cache }, choicesOf(host, inputs, { ...given, name, cli }), {
      place: { owner, folder, onBuilder, space },
      onProgress: async (outcome) => {
        last = outcome;
      },
    });
  } finally {
    // Also of a step that fails later: what it had found out by then helps who reads it.
    if (last !== undefined) {
      await setOutputs(ports, last);
      await ports.outputs.summary(devcontainerSummary(last));
    }
  }
  const exitCode = last?.command?.exitCode ?? 0;
  if (exitCode !== 0) throw commandFailed(exitCode);
}

/** Removes the container and what else the step left, also after a failure and where somebody stopped it. */
export async function devcontainerPrebuildPost(
  ports: Ports,
  state: (name: string) => string | undefined,
): Promise<void> {
  await removeLeft(ports, { owner: state(ownerState), builder: state(builderState), folder: state(folderState) });
}

interface Given extends Pick<PrebuildChoices, 'folder' | 'env' | 'signIn' | 'cli'> {
  readonly name: PublishedName;
}

function choicesOf(host: Host, inputs: DevcontainerInputs, { name, ...given }: Given): PrebuildChoices {
  const refs = inputs['push-refs'];
  const { 'push-events': events, 'venv-project': project = '.' } = inputs;
  return {
    ...given,
    name,
    config: inputs.config,
    event: host.event,
    push: {
      mode: inputs.push,
      events: events.length === 0 ? ['push'] : events,
      isRef: refs.length === 0 ? undefined : pathMatcher(refs, 'push-refs'),
    },
    allow: inputs.allow,
    platforms: inputs.platforms.map(parsePlatform),
    extraFiles: inputs['hash-extra-files'],
    refresh: { mode: inputs.refresh, maxAgeDays: inputs['refresh-max-age'] },
    cacheFrom: inputs['cache-from'],
    cacheTo: inputs['cache-to'][0],
    builder: { name: inputs.builder, image: inputs['buildkit-image'] },
    updateUid: inputs['update-uid'],
    venv: {
      manager: inputs.venv,
      project: containedPath(project, 'venv-project', 'with: venv-project'),
      args: inputs['venv-args'],
    },
    caches: { paths: inputs['cache-paths'], keyFiles: inputs['cache-key-files'] },
    command: inputs.run,
  };
}

function folderOf({ workspace }: Host, { folder }: DevcontainerInputs): string {
  return folder === undefined ? workspace : joinPath(workspace, containedPath(folder, 'folder', 'with: folder'));
}

function signInOf(inputs: SignInInputs, { repository }: PublishedName): SignIn | undefined {
  const { 'registry-username': username, 'registry-password': password } = inputs;
  if ((username === undefined) !== (password === undefined))
    throw halfSignIn(username === undefined ? 'registry-username' : 'registry-password');
  if (username === undefined || password === undefined) return undefined;
  return { host: hostOf(repository), username, password };
}

async function setOutputs({ outputs }: Pick<ActionPorts, 'outputs'>, outcome: PrebuildOutcome): Promise<void> {
  const { plan, published, command, venv } = outcome;
  const values: Readonly<Record<string, string | number | boolean | undefined>> = {
    image: published === undefined ? '' : refText(published),
    digest: outcome.digest,
    tag: plan.tag,
    'content-hash': plan.hash,
    mode: outcome.mode,
    built: outcome.mode === 'build',
    pushed: outcome.pushed,
    'push-reason': outcome.pushReason,
    'latest-moved': outcome.floatingMoved,
    'venv-cache-hit': venv?.hit,
    'venv-key': venv?.key,
    'python-version': outcome.python,
    'command-exit-code': command?.exitCode,
    'command-output': command?.output,
    'container-id': outcome.containerId,
    'hash-explain': JSON.stringify({ inputs: plan.inputs, changes: outcome.changes ?? null }),
    timings: JSON.stringify(outcome.timings),
  };
  for (const [name, value] of Object.entries(values)) await outputs.set(name, String(value ?? ''));
}

function commandFailed(exitCode: number): RefusedError {
  return new RefusedError({
    code: 'devcontainer-command-failed',
    what: `the command ended with exit code ${exitCode}`,
    where: 'with: run',
    state: 'nothing was published',
    next: 'its last lines are above; `slipway devcontainer` runs the same on your own machine',
  });
}
