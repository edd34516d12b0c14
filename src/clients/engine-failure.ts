import { type ErrorParts, ToolError } from '../domain/errors.ts';
import type { ExecResult } from '../ports/exec.ts';

/** Why the engine wrote no archive of an image. */
export function saveFailed(reference: string, result: ExecResult): ToolError {
  const parts = { where: `engine:${reference}`, state: 'nothing was read from the engine' };
  if (/no such image|reference does not exist|image not known/i.test(result.stderr)) {
    const next = '`docker image ls` lists what it has; `docker pull` brings another one';
    return new ToolError({ ...parts, code: 'engine-image-absent', what: 'the engine has no image of this name', next });
  }
  return failed(result, parts, {
    code: 'engine-save-failed',
    what: 'the engine could not save the image',
    next: 'has the engine the image for its own platform? Pull it again, or copy it from its registry; is there space on the disk?',
  });
}

/** Why the engine took no archive. */
export function loadFailed(path: string, result: ExecResult): ToolError {
  const parts = { where: path, state: 'the engine has what it had before' };
  return failed(result, parts, {
    code: 'engine-load-failed',
    what: 'the engine did not take the archive',
    next: 'has the engine space on its disk? An old one may not know the compression of the layers',
  });
}

/** Why the engine gave an image no other name. */
export function tagFailed(name: string, result: ExecResult): ToolError {
  const parts = { where: `engine:${name}`, state: 'the test did not run, and nothing was published' };
  return failed(result, parts, {
    code: 'engine-tag-failed',
    what: 'the engine gave the image no name',
    next: 'does `docker tag` work there? See `slipway doctor`',
  });
}

type Setting = Pick<ErrorParts, 'state'> & { readonly where: string };

/** What is wrong with the engine as a whole comes first. */
function failed(result: ExecResult, setting: Setting, parts: Pick<ErrorParts, 'code' | 'what' | 'next'>): ToolError {
  const what = `${parts.what}: ${lastLine(result.stderr)}`;
  return unreachable(result, setting) ?? new ToolError({ ...setting, ...parts, what });
}

function unreachable({ exitCode, stderr }: ExecResult, parts: Setting): ToolError | undefined {
  if (exitCode === 127) {
    const next = 'install Docker, and see `slipway doctor`';
    return new ToolError({ ...parts, code: 'docker-missing', what: 'there is no docker command', next });
  }
  if (!/cannot connect|failed to connect|error during connect|is the docker daemon running/i.test(stderr))
    return undefined;
  const next = 'start it, or set DOCKER_HOST to one that runs; `slipway doctor` looks for it';
  return new ToolError({ ...parts, code: 'engine-missing', what: 'no container engine answers', next });
}

/** The end of what a program said; at most as long as a person reads. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 500) || 'it said nothing';
}
