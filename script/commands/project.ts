import path from 'node:path';
import { attempt, type CommandResult } from './lab/command.ts';
import { layoutOf } from './lab/layout.ts';
import { type LabState, readState } from './lab/state.ts';

/** This checkout. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Where the programs of our dependencies are; they are started with node, so that no shell wrapper is needed. */
export const tools = {
  tsc: path.join(root, 'node_modules/typescript/bin/tsc'),
  tsx: path.join(root, 'node_modules/tsx/dist/cli.mjs'),
  biome: path.join(root, 'node_modules/@biomejs/biome/bin/biome'),
  knip: path.join(root, 'node_modules/knip/bin/knip.js'),
  ncc: path.join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js'),
  jest: path.join(root, 'node_modules/jest/bin/jest.js'),
};

/** Jest loads ES modules only with the first flag, and warns about it without the second. */
export const jestCommand: readonly string[] = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  tools.jest,
];

/** The lab of this checkout, when it is up. */
export function labState(): LabState | undefined {
  return readState(layoutOf(root).stateFile);
}

/** Runs a JavaScript file with the node that runs us. */
export function runNode(args: readonly string[], cwd: string = root): Promise<CommandResult> {
  return attempt(process.execPath, args, { cwd });
}
