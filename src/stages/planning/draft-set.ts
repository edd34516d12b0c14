import { mayPublish } from '../../domain/rights.ts';
import { readRunners } from '../../domain/runners.ts';
import { type Draft, readDrafts } from './drafts.ts';
import { generateDockerfiles } from './generate.ts';
import { resolveOutside } from './outside-bases.ts';
import { type PlanInputs, type PlanPorts, registryHost } from './plan-inputs.ts';
import { platformNotes } from './planned-images.ts';
import { isAnswering } from './published.ts';
import type { RunRules } from './run-rules.ts';
import { readWaivers, withWaivers } from './waivers.ts';

/** The images of a set as they are described, and whether anybody can be asked about them. */
export interface DraftSet {
  readonly drafts: readonly Draft[];
  readonly isOnline: boolean;
  readonly notes: readonly string[];
}

/** Reads every image, and asks what they are built on today. */
export async function readDraftSet(
  ports: PlanPorts,
  inputs: PlanInputs,
  { version, rights, tags, caches }: RunRules,
): Promise<DraftSet> {
  const { generate } = inputs.config;
  const where = `generate in ${inputs.configFile}`;
  const generated =
    generate === undefined
      ? new Map<string, string>()
      : await generateDockerfiles(ports, inputs.folder, { generate, where });
  const tag: string = tags.immutable[0] ?? tags.floating[0] ?? 'untagged';
  const { drafts: unwaived, notes: readNotes } = await readDrafts(ports.files, {
    ...inputs,
    generated,
    only: inputs.only,
    buildable: inputs.buildable,
    version: version ?? null,
    tag,
  });
  const today = ports.clock.now().toISOString().slice(0, 10);
  const waivers = readWaivers(inputs.config.waive, unwaived, { today, configFile: inputs.configFile });
  const read = withWaivers(unwaived, waivers.of);
  // Jobs alone have runners; a mistake is one everywhere.
  readRunners(inputs.config.runners, {
    platforms: read.flatMap(({ platforms }) => platforms),
    file: inputs.configFile,
  });
  // Side by side: neither may cost more than two seconds, nor may both.
  const [isOnline, { drafts, notes }] = await Promise.all([
    inputs.offline || inputs.basesOnly === true ? false : isAnswering(ports.http, registryHost(inputs.prefix), rights),
    inputs.offline || ports.bases === undefined
      ? { drafts: read, notes: [] }
      : resolveOutside({ registry: ports.bases, clock: ports.clock }, read, mayPublish(rights)),
  ]);
  return {
    drafts,
    isOnline,
    notes: [
      ...inputs.config.notes,
      ...readNotes,
      ...waivers.notes,
      ...caches.notes,
      ...platformNotes(inputs, drafts),
      ...notes,
    ],
  };
}
