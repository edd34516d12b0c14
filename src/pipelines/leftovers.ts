import { z } from 'zod';
import { removeBuilder } from '../clients/buildx-create.ts';
import { Engine } from '../clients/engine.ts';
import { openEngineNames } from '../formats/engine-names.ts';
import type { Ports } from '../ports/ports.ts';
import { engineNamesEnd } from '../stages/testing/engine-names.ts';
import { ownBuilderName } from './builder.ts';

/** A run that left something behind, as far as is known. */
export interface LeftRun {
  /** Who its containers belong to. */
  readonly owner?: string | undefined;
  /** The builder that it made. */
  readonly builder?: string | undefined;
  readonly folder?: string | undefined;
}

/** Says of the folder of a run whose it is. */
const Claim = z.object({ process: z.string(), owner: z.string(), builder: z.string().optional() });

/** No key has two dots in a row, so no store has this name. */
const claimFile = '..run';

type LeftPorts = Pick<Ports, 'exec' | 'clock' | 'files' | 'log'>;

/** Writes into the folder of a run who works there, for whoever finds it when that process is gone. */
export async function claimFolder(
  { files, processes }: Pick<Ports, 'files' | 'processes'>,
  folder: string,
  { owner, builder }: { readonly owner: string; readonly builder: string },
): Promise<void> {
  // A builder that others made has another name.
  const own = builder === ownBuilderName(owner) ? { builder } : {};
  await files.write(`${folder}/${claimFile}`, JSON.stringify({ process: await processes.self(), owner, ...own }));
}

/** Removes what runs left whose processes are gone: the folders below `parent` say which those are. */
export async function sweepKilled(
  ports: LeftPorts & Pick<Ports, 'processes'>,
  parent: string,
  prefix: string,
): Promise<void> {
  for (const { name, kind } of await ports.files.list(parent)) {
    if (kind !== 'folder' || !name.startsWith(prefix)) continue;
    const folder = `${parent}/${name}`;
    const claim = parsed(await ports.files.readText(`${folder}/${claimFile}`));
    // Of another machine that shares the disk nothing is known, and so it keeps what is its own.
    if (claim === undefined || (await ports.processes.isAlive(claim.process)) !== false) continue;
    ports.log.info(`what an earlier run left here is removed first: ${claim.owner}`);
    await removeLeft(ports, { ...claim, folder });
  }
}

/** Removes what a killed run left: containers, names of images, its builder and its folder. Only what it made goes. */
export async function removeLeft(ports: LeftPorts, { owner, builder, folder }: LeftRun): Promise<void> {
  const { log } = ports;
  const engine = new Engine(ports);
  if (owner !== undefined) {
    const count = await engine.removeOwned(owner);
    if (count > 0) log.info(`containers that the job left, and that are removed now: ${count}`);
  }
  // After the containers: an image that one is made of keeps its last name.
  if (folder !== undefined) {
    const count = await giveNamesBack(ports, engine, folder);
    if (count > 0) log.info(`names of images in the engine that the job left, and that are as before now: ${count}`);
  }
  if (builder !== undefined && (await removeBuilder(ports.exec, builder)))
    log.info(`the builder that the job left is removed now: ${builder}`);
  if (folder !== undefined) await ports.files.remove(folder);
}

async function giveNamesBack({ files }: LeftPorts, engine: Engine, folder: string): Promise<number> {
  let count = 0;
  for (const { name: file } of await files.list(folder)) {
    if (!file.endsWith(engineNamesEnd)) continue;
    for (const entry of openEngineNames((await files.readText(`${folder}/${file}`)) ?? '')) {
      if (await giveBack(engine, entry)) count += 1;
    }
  }
  return count;
}

async function giveBack(engine: Engine, entry: ReturnType<typeof openEngineNames>[number]): Promise<boolean> {
  switch (entry.kind) {
    case 'made':
      return (await engine.image(entry.name)) !== undefined && engine.untag(entry.name);
    case 'lent': {
      // Somebody else may have taken the name meanwhile.
      const found = await engine.image(entry.name);
      return found !== undefined && entry.ids.includes(found.id) && engine.untag(entry.name);
    }
    case 'kept':
      if ((await engine.image(entry.under)) === undefined) return false;
      await engine.tag(entry.under, entry.name);
      return engine.untag(entry.under);
  }
}

function parsed(text: string | undefined): z.infer<typeof Claim> | undefined {
  try {
    return Claim.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
