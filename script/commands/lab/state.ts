import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isNotFound } from './lab-error.ts';

/** A background process of the lab; its start time tells it from a later process with the same pid. */
export const Service = z
  .object({
    name: z.string(),
    pid: z.number().int().positive(),
    startTime: z.string(),
    command: z.array(z.string()).readonly(),
    /** Where it listens. */
    address: z.string(),
    log: z.string(),
  })
  .readonly();
export type Service = z.infer<typeof Service>;

/** What `up` leaves for tests and other scripts in `.lab/state.json`. */
export const LabState = z
  .object({
    docker: z.object({ host: z.string(), owned: z.boolean() }).readonly(),
    /** A second engine with the classic image store; none where the lab uses the machine's own engine. */
    classic: z.object({ host: z.string() }).readonly().nullable(),
    /** The one that our engine has started for itself. */
    containerd: z.object({ address: z.string() }).readonly().nullable(),
    dockerConfig: z.string(),
    path: z.string(),
    registry: z.string(),
    registryAccessLog: z.string(),
    /** Distribution 3, beside the 2.8 line. */
    registry3: z.string(),
    registry3AccessLog: z.string(),
    mirror: z.string(),
    buildkit: z.object({ remote: z.string().nullable() }).readonly(),
    builders: z.object({ engine: z.string(), remote: z.string().nullable() }).readonly(),
    emulation: z.array(z.string()).readonly(),
    node24: z.string(),
    network: z.string().nullable(),
    socketDir: z.string(),
    tools: z
      .object({
        act: z.string(),
        crane: z.string(),
        regctl: z.string(),
        ctr: z.string(),
        skopeo: z.string(),
        distribution: z.string(),
        actionlint: z.string(),
        zizmor: z.string(),
        hadolint: z.string(),
        docker: z.string(),
        buildctl: z.string(),
        osvScanner: z.string(),
      })
      .readonly(),
    processes: z.array(Service).readonly(),
  })
  .readonly();
export type LabState = z.infer<typeof LabState>;

/** The state of a lab that is up; a document of another form counts as none, `up` writes it anew. */
export function readState(file: string): LabState | undefined {
  const document = readJson(file);
  return document === undefined ? undefined : LabState.safeParse(document).data;
}

/** A file's JSON, or nothing when it is missing or torn. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes JSON so that a reader sees the old document or the new one, never half of one. */
export async function writeJson(file: string, document: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(document, null, 2)}\n`);
  await rename(draft, file);
}
