import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { unpackPackages } from '../apt-archive.ts';
import { run } from '../command.ts';
import type { Recipe } from './recipe.ts';

const LINE = '20.10';
/** With the containerd and runc of its time: ours are too new for it, and it is too old for ours. */
const PACKAGES: readonly string[] = [`docker.io=${LINE}.*`, 'containerd', 'runc'];
/** Its docker command stays out: the lab has one, and a second in PATH would be found first or last by chance. */
const PROGRAMS: readonly string[] = [
  'usr/sbin/dockerd',
  'usr/sbin/docker-proxy',
  'usr/sbin/runc',
  'usr/bin/containerd',
  'usr/bin/containerd-shim-runc-v2',
];

/** Debian's engine of the 20.10 line, unpacked and not installed. */
export const classicEngine: Recipe = {
  name: 'classic-engine',
  version: LINE,
  make: async ({ out, temp }) => {
    const architecture = (await run('dpkg', ['--print-architecture'])).trim();
    const root = await unpackPackages(architecture, PACKAGES, path.join(temp, 'apt'));
    const bin = path.join(out, 'bin');
    await mkdir(bin, { recursive: true });
    for (const program of PROGRAMS) await rename(path.join(root, program), path.join(bin, path.basename(program)));
  },
};
