import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createMachinePorts, type MachinePorts } from '../../../src/adapters/machine-ports.ts';
import { createRegistryClient } from '../../../src/clients/registry/client.ts';
import { repositoryContent } from '../../../src/clients/registry/repository-content.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import type { ContentSink } from '../../../src/ports/content.ts';
import { type Lab, labEnv } from '../../../test/support/lab.ts';
import { labState } from '../project.ts';
import { ScriptError } from '../script.ts';
import { benchFaults } from './registry-faults.ts';
import { buildOurs, type Ours } from './registry-ours.ts';
import { benchPush } from './registry-push.ts';
import { benchTags } from './registry-tags.ts';

/** What every part of the bench works with. */
export interface Bench {
  readonly lab: Lab;
  /** What other tools see. */
  readonly env: NodeJS.ProcessEnv;
  readonly ours: Ours;
  readonly ports: MachinePorts;
  /** For what comes and goes. */
  readonly folder: string;
  readonly rounds: number;
  readonly seeds: readonly number[];
  /** A repository, past all measures, to bring content to. */
  contentAt(repository: string): ContentSink;
}

const parts = new Map([
  ['tags', benchTags],
  ['push', benchPush],
  ['faults', benchFaults],
]);

/** Runs the parts one after another, since they would disturb each other. */
export async function bench(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      part: { type: 'string', multiple: true, default: [...parts.keys()] },
      rounds: { type: 'string', default: '3' },
      seeds: { type: 'string', default: '1,2,3,4' },
    },
  });
  const chosen = values.part.map((name) => {
    const part = parts.get(name);
    if (part === undefined) throw new ScriptError(`there are the parts ${[...parts.keys()].join(', ')}, not "${name}"`);
    return part;
  });
  const rounds = countIn('--rounds', values.rounds);
  const seeds = values.seeds.split(',').map((text) => countIn('--seeds', text));
  const lab = labState();
  if (lab === undefined) throw new ScriptError('this needs the lab, and it is not up: run script/lab up');
  await using ports = createMachinePorts();
  const client = createRegistryClient(ports);
  const contentAt = (text: string): ContentSink => repositoryContent(client, parseRepository(text, 'bench'));
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-bench-'));
  try {
    const env = labEnv(lab);
    const ours = await buildOurs(folder, env);
    let isMet = true;
    for (const part of chosen) {
      isMet = (await part({ lab, env, ours, ports, folder, rounds, seeds, contentAt })) && isMet;
    }
    return isMet ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function countIn(option: string, text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new ScriptError(`${option} takes whole numbers from 1, not "${text}"`);
}
