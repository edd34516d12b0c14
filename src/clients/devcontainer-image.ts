import { z } from 'zod';
import type { ImageStart } from '../domain/devcontainer/run-args.ts';
import { type Digest, isDigest } from '../domain/digest.ts';
import { metadataLabel } from '../formats/devcontainer-result.ts';
import type { OciConfig } from '../formats/oci.ts';
import type { Exec } from '../ports/exec.ts';

const Words = z.array(z.string()).nullish();
const Config = z
  .looseObject({
    User: z.string().nullish(),
    Env: Words,
    Entrypoint: Words,
    Cmd: Words,
    WorkingDir: z.string().nullish(),
    Volumes: z.record(z.string(), z.unknown()).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  })
  .nullish();
const Inspected = z.looseObject({ Config, RootFS: z.looseObject({ Layers: Words }).nullish() });

/** An image of the engine: how a container of it starts, and the digests of its unpacked layers. */
export interface StartImage {
  readonly start: ImageStart;
  readonly layers: readonly Digest[];
}

/** What the engine holds under a name. */
export async function readStartImage(exec: Exec, reference: string): Promise<StartImage | undefined> {
  const args = ['image', 'inspect', '--format', '{{json .}}', reference];
  const result = await exec.run('docker', args, { timeoutMs: 60_000 });
  const read = Inspected.safeParse(parsed(result.stdout));
  if (result.exitCode !== 0 || !read.success) return undefined;
  return { layers: (read.data.RootFS?.Layers ?? []).filter(isDigest), start: startIn(read.data.Config) };
}

/** The same as a registry says it. */
export function startOf({ config }: { readonly config: OciConfig }): StartImage | undefined {
  const read = Config.safeParse(config.config);
  return read.success ? { layers: config.rootfs.diff_ids, start: startIn(read.data) } : undefined;
}

function startIn(config: z.infer<typeof Config>): ImageStart {
  return {
    user: config?.User ?? '',
    env: config?.Env ?? [],
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    workdir: config?.WorkingDir ?? '',
    hasVolumes: Object.keys(config?.Volumes ?? {}).length > 0,
    metadata: config?.Labels?.[metadataLabel],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
