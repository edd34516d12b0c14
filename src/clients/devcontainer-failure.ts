import { ToolError } from '../domain/errors.ts';
import { faultIn, resultIn } from '../formats/devcontainer-result.ts';
import type { ExecResult } from '../ports/exec.ts';

/** What was asked of the CLI, for the words of an error. */
export interface CliCall {
  readonly command: string;
  /** The configuration that it read. */
  readonly where: string;
  readonly state: string;
}

interface Cause {
  readonly pattern: RegExp;
  readonly code: string;
  readonly what: string;
  readonly next: string;
}

/** What goes wrong often, the more exact before the general. */
const causes: readonly Cause[] = [
  {
    pattern:
      /cannot connect to the docker daemon|is the docker daemon running|error during connect|dial unix .*: connect/i,
    code: 'engine-missing',
    what: 'no container engine answers',
    next: 'start it, or set DOCKER_HOST to one that runs; `slipway doctor` looks for it',
  },
  {
    pattern: /lockfile (does not match|not found|mismatch)|frozen.?lockfile|lock ?file.*(integrity|out of date)/i,
    code: 'devcontainer-lock-stale',
    what: 'the lock file of the Features is not what the configuration needs',
    next: 'run `devcontainer upgrade` and commit the lock file',
  },
  {
    pattern: /dockerfile.*(not found|does not exist|no such file)|no such file.*dockerfile/i,
    code: 'devcontainer-dockerfile-missing',
    what: 'the Dockerfile is not there',
    next: 'build.dockerfile is relative to the folder of devcontainer.json',
  },
  {
    pattern:
      /buildx.*(not found|is not a docker command|unknown)|buildkit is (required|not)|--(push|platform|output).*buildkit/i,
    code: 'buildkit-missing',
    what: 'the engine has no BuildKit',
    next: 'install the buildx plugin of Docker; `slipway doctor` looks for it',
  },
  {
    pattern:
      /(could not|failed to|unable to) (resolve|process|fetch|parse|download).*feature|feature.*(could not be|not be) (processed|resolved|found)|no manifest found for feature/i,
    code: 'devcontainer-feature-unknown',
    what: 'a Feature was not found, or may not be read',
    next: 'check its name and version, and log in to its registry where it is private',
  },
];

const shownLines = 3;
const maxDetail = 600;

/** Why the CLI did not do what it was asked; the exit code counts, also where it printed a result or nothing at all. */
export function cliFailed(call: CliCall, result: ExecResult): ToolError {
  const { where, state } = call;
  const fault = faultIn(resultIn(result.stdout));
  const lines = toldLines(result.stderr);
  const errors = lines.filter((line) => /^(ERROR|Error|error)\b/.test(line));
  const detail = [fault, ...errors.slice(-1)].filter((one) => one !== undefined).join(' / ') || lastLines(lines);
  // The command lines that it shows name all the tools there are, and say of none that it failed.
  const cause = causes.find(({ pattern }) => [fault ?? '', ...lines].some((line) => pattern.test(line)));
  const parts = { where, state };
  if (cause !== undefined) {
    const { code, what, next } = cause;
    return new ToolError({ ...parts, code, what: `${what}: ${detail.slice(0, maxDetail)}`, next });
  }
  return new ToolError({
    ...parts,
    code: 'devcontainer-cli-failed',
    what: `devcontainer ${call.command} ended with exit code ${result.exitCode}: ${detail.slice(0, maxDetail)}`,
    next: 'its last lines are above; the same command on your own machine shows more with --log-level debug',
  });
}

/** It ended well and said nothing that can be read. */
export function cliSilent(call: CliCall, result: ExecResult): ToolError {
  return new ToolError({
    code: 'devcontainer-cli-silent',
    what: `devcontainer ${call.command} ended with exit code ${result.exitCode} and without a result: ${lastLines(toldLines(result.stderr))}`,
    where: call.where,
    state: call.state,
    next: 'is this version of the CLI supported? Leave cli-version out to use the one that comes with Slipway',
  });
}

/** What was said without what was started and when; a cache that is not there yet is no failure of a build. */
function toldLines(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/^\[[0-9T:.Z-]+\] /, '').trim());
  return lines.filter((line) => line !== '' && !/^Start: |Command failed: |^at |cache (manifest|importer)/.test(line));
}

function lastLines(lines: readonly string[]): string {
  return lines.slice(-shownLines).join(' / ').slice(0, maxDetail) || 'it said nothing';
}
