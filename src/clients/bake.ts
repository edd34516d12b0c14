import { ToolError } from '../domain/errors.ts';
import { type BakeDefinition, parseBakeDefinition, parseBakeList } from '../formats/discovery/bake-definition.ts';
import { brokenDefinition } from '../formats/discovery/bake-error.ts';
import type { Exec, ExecResult } from '../ports/exec.ts';
import { noDocker } from './buildx.ts';

/** Which files bake reads, and where. */
export interface BakeRequest {
  readonly folder: string;
  readonly files: readonly string[];
  /** The whole environment of bake: files may put any variable of it into an argument or a tag. */
  readonly env: Readonly<Record<string, string>>;
  /** Only these, and what they are built on; without it, those of the group default. */
  readonly targets?: readonly string[] | undefined;
}

/** What the files of a request define. */
export interface BakeAnswer {
  /** Absent where they define no target. */
  readonly definition: BakeDefinition | undefined;
  /** All targets, whether they are in the definition or not; absent where bake could not list them. */
  readonly targets: readonly string[] | undefined;
  /** There is no target or group named `default`, and so every target was asked for. */
  readonly hasNoDefault: boolean;
  /** The secrets name files that are not here, and were left out. */
  readonly isWithoutSecrets: boolean;
  /** They name an SSH agent or keys that are not here, and were left out. */
  readonly isWithoutSsh: boolean;
}

const timeoutMs = 60_000;
const maxOutput = 64 * 1024 * 1024;
const noTargets =
  /failed to find target default|couldn't find a bake definition|could not find any target matching '\*'/;
const noSuchFile = /failed to stat /;
const noSuchAgent = /convert agent config|ssh agent socket/;
/** Bake looks for the agent and the keys of whoever builds, which need not be where it is planned. */
const withoutSsh = ['--set', '*.ssh='];
const withoutSecrets = ['--set', '*.secrets='];

/** What bake gets to see of an environment: where docker and its plugins are, and no more. */
export function bakeEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'DOCKER_CONFIG', 'BUILDX_CONFIG', 'SSH_AUTH_SOCK'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name)));
}

/** Reads bake or compose files through `docker buildx bake`, which resolves variables, groups and inheritance. */
export async function readBake(exec: Exec, request: BakeRequest): Promise<BakeAnswer> {
  const [list, first] = await Promise.all([
    bake(exec, request, ['--list=type=targets,format=json']),
    bake(exec, request, ['--print', ...(request.targets ?? [])]),
  ]);
  // Older versions cannot list, and need not for a definition.
  const targets = list.exitCode === 0 ? parseBakeList(list.text, request.files) : undefined;
  const hasNoDefault = request.targets === undefined && first.exitCode !== 0 && noTargets.test(first.stderr);
  if (hasNoDefault && (list.exitCode === 0 || noTargets.test(list.stderr)) && (targets ?? []).length === 0) {
    return { definition: undefined, targets: [], hasNoDefault, isWithoutSecrets: false, isWithoutSsh: false };
  }
  if (hasNoDefault && list.exitCode !== 0) throw await failed(exec, request, list);
  const names = hasNoDefault ? (targets ?? []) : (request.targets ?? []);
  let printed = hasNoDefault ? await bake(exec, request, ['--print', ...names]) : first;
  // What it does not find it names by the first of them.
  const left = { ssh: false, secrets: false };
  for (let attempt = 1; attempt <= 2 && printed.exitCode !== 0; attempt++) {
    if (noSuchAgent.test(printed.stderr)) left.ssh = true;
    else if (noSuchFile.test(printed.stderr)) left.secrets = true;
    else break;
    const without = [...(left.ssh ? withoutSsh : []), ...(left.secrets ? withoutSecrets : [])];
    printed = await bake(exec, request, ['--print', ...without, ...names]);
  }
  if (printed.exitCode !== 0) throw await failed(exec, request, printed);
  const definition = parseBakeDefinition(printed.text, request.files);
  const isEmpty = Object.keys(definition.target).length === 0;
  return {
    definition: isEmpty ? undefined : definition,
    targets,
    hasNoDefault,
    isWithoutSecrets: left.secrets,
    isWithoutSsh: left.ssh,
  };
}

type Printed = ExecResult & { readonly text: string };

async function bake(exec: Exec, { folder, files, env }: BakeRequest, args: readonly string[]): Promise<Printed> {
  // The result holds the last mebibyte only. JSON may be put together from its lines: none ends within a value.
  let text = '';
  const result = await exec.run(
    'docker',
    ['buildx', 'bake', '--progress', 'quiet', ...files.flatMap((file) => ['--file', file]), ...args],
    {
      cwd: folder,
      env,
      timeoutMs,
      onLine: (line, stream) => {
        if (stream === 'stdout' && text.length < maxOutput) text += line;
      },
    },
  );
  if (result.exitCode === 127) throw noDocker();
  if (result.exitCode === 124) throw tooSlow(files);
  return { ...result, text };
}

/** Without buildx, docker complains of the flags: only what buildx itself says is about the files. */
async function failed(exec: Exec, { files, env }: BakeRequest, result: Printed): Promise<Error> {
  const buildx = await exec.run('docker', ['buildx', 'version'], { env, timeoutMs });
  if (buildx.exitCode === 0) return brokenDefinition(result.stderr, files);
  return new ToolError({
    code: 'buildx-missing',
    what: `docker has no buildx, which reads ${files.join(', ')}`,
    where: 'docker buildx version',
    state: 'nothing was built',
    next: 'install the buildx plugin of Docker',
  });
}

function tooSlow(files: readonly string[]): ToolError {
  return new ToolError({
    code: 'bake-too-slow',
    what: `docker buildx bake did not read it within ${timeoutMs / 1000} s`,
    where: files.join(', '),
    state: 'nothing was built',
    next: 'look at what `docker buildx bake --print` waits for',
  });
}
