import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { labState, root } from '../project.ts';
import { ScriptError } from '../script.ts';
import { emptyRun } from './empty-run.ts';
import { measure, type Subject } from './interleaved.ts';

/** The most that a start may cost on Node 20, in multiples of a node that does nothing. */
const LIMIT = 1.6;
const FLOOR = 'node -e 0';

/** Measures on the node that runs us, which is to be 20, and on the lab's Node 24 when it is up. */
export async function bench(_args: readonly string[]): Promise<number> {
  const workspace = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'));
  try {
    const env = await emptyRun(workspace);
    const ours = await measureAll(process.execPath, workspace, env);
    const node24 = labState()?.node24;
    if (node24 !== undefined) await measureAll(node24, workspace, env);
    if (!process.version.startsWith('v20.')) return 0;
    return ours.every((ratio) => ratio <= LIMIT) ? 0 : 1;
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

async function measureAll(node: string, cwd: string, env: NodeJS.ProcessEnv): Promise<number[]> {
  const rows = measure(await subjects(), { node, cwd, env });
  const floorMs = rows.find(({ name }) => name === FLOOR)?.medianMs ?? Number.NaN;
  console.log(node === process.execPath ? `node ${process.version}, limit ${LIMIT} on 20` : 'node 24, of the lab');
  return rows.map(({ name, medianMs }) => {
    const ratio = medianMs / floorMs;
    console.log(
      `  ${name.padEnd(32)} ${medianMs.toFixed(1).padStart(6)} ms  ${ratio.toFixed(2)}${ratio > LIMIT ? ' *' : ''}`,
    );
    return ratio;
  });
}

async function subjects(): Promise<Subject[]> {
  const cli = path.join(root, 'dist/cli/index.js');
  if (!existsSync(cli)) throw new ScriptError('there is no dist/; run script/build');
  const folder = path.join(root, 'actions');
  const names = existsSync(folder) ? await readdir(folder) : [];
  const actions = names.map((name) => ({ name, args: [path.join(folder, name, 'main.js')] }));
  return [
    { name: FLOOR, args: ['-e', '0'] },
    { name: 'cli --version', args: [cli, '--version'] },
    ...actions.filter(({ args: [file = ''] }) => existsSync(file)),
  ];
}
