import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Numbers } from '../domain/devcontainer/user-number.ts';

/** The CLI of dev containers that comes with us: how it is started, and which it is. */
export interface BundledCli {
  readonly program: string;
  readonly args: readonly string[];
  /** `major.minor.patch` */
  readonly version: string;
  /** Who we are on this machine, where containers may be started without it: on Linux, and with the version that we know. */
  readonly self?: Numbers | undefined;
}

/** In `dist` it lies beside the bundle; from source it is the package of the same version. */
const places = ['devcontainer-cli', '../node_modules/@devcontainers/cli', '../../node_modules/@devcontainers/cli'];

/** Finds the CLI beside the file that runs. It is a program of its own and never loaded into ours. */
export function findBundledCli(): BundledCli {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const folder = places
    .map((place) => path.join(here, place))
    .find((one) => existsSync(path.join(one, 'package.json')));
  if (folder === undefined) throw new Error('the CLI of dev containers does not lie beside the bundle');
  const facts: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const version = typeof facts === 'object' && facts !== null && 'version' in facts ? facts.version : undefined;
  if (typeof version !== 'string') throw new Error('the CLI of dev containers does not say its version');
  const self = version.startsWith('0.89.') ? ownNumbers() : undefined;
  return { program: process.execPath, args: [path.join(folder, 'devcontainer.js')], version, self };
}

function ownNumbers(): Numbers | undefined {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return process.platform !== 'linux' || uid === undefined || gid === undefined ? undefined : { uid, gid };
}
