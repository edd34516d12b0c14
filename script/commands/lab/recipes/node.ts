import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../command.ts';
import type { Recipe } from './recipe.ts';

const NODE = '24.21.0';
const PACKAGE = `node-linux-${process.arch}`;

/** The newer of the two Node lines we support; the package "node" itself installs nothing without scripts. */
export const node24: Recipe = {
  name: 'node',
  version: NODE,
  make: async (workshop) => {
    const bin = path.join(workshop.out, 'bin');
    await mkdir(bin, { recursive: true });
    // A package.json makes the folder npm's own; with --prefix npm would lose its global settings, such as a CA file.
    await writeFile(path.join(workshop.out, 'package.json'), '{ "private": true }\n');
    const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...options, `${PACKAGE}@${NODE}`], { cwd: workshop.out });
    await symlink(`../node_modules/${PACKAGE}/bin/node`, path.join(bin, 'node'));
  },
};
