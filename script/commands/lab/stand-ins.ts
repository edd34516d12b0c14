import path from 'node:path';
import { z } from 'zod';
import { run } from './command.ts';
import type { Recipe } from './recipes/recipe.ts';
import { fetchBusybox, makeRoot, packRoot } from './stand-in-roots.ts';
import { readJson } from './state.ts';

interface StandIn {
  readonly name: string;
  readonly tags: readonly string[];
  readonly hasShell: boolean;
}

/** Images that Dockerfiles name and that the mirror answers for. They lie about their version. */
const STAND_INS: readonly StandIn[] = [
  { name: 'busybox', tags: ['1.36', 'latest'], hasShell: true },
  { name: 'alpine', tags: ['3.20', 'latest'], hasShell: true },
  { name: 'scratch-like', tags: ['1', 'latest'], hasShell: false },
];
const LayoutIndex = z.object({ manifests: z.tuple([z.object({ digest: z.string() })]) });
const ARCHITECTURES: readonly string[] = ['amd64', 'arm64'];
const SEARCH_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The stand-ins as OCI layouts in the cache; a mirror is needed only as a table to work on. */
export function standIns(crane: string, mirror: string): Recipe {
  return {
    name: 'stand-ins',
    version: '1',
    make: async ({ out, temp }) => {
      const programs = new Map<string, string>();
      for (const architecture of ARCHITECTURES) {
        programs.set(architecture, await fetchBusybox(architecture, temp));
      }
      for (const image of STAND_INS) {
        const repository = `${mirror}/library/${image.name}`;
        const parts: string[] = [];
        for (const architecture of ARCHITECTURES) {
          const root = path.join(temp, `${image.name}-${architecture}`);
          await makeRoot(root, image.name, image.hasShell ? programs.get(architecture) : undefined);
          await packRoot(root, `${root}.tar`);
          const part = `${repository}:part-${architecture}`;
          await run(crane, ['append', '--oci-empty-base', '--new_layer', `${root}.tar`, '--new_tag', part]);
          const command = image.hasShell ? ['--cmd', 'sh'] : [];
          const platform = ['--set-platform', `linux/${architecture}`, '--env', SEARCH_PATH];
          await run(crane, ['mutate', part, ...platform, ...command, '--tag', part]);
          parts.push('--manifest', part);
        }
        await run(crane, ['index', 'append', ...parts, '--tag', `${repository}:index`]);
        await run(crane, ['pull', '--format=oci', `${repository}:index`, path.join(out, image.name)]);
      }
    },
  };
}

/** Puts the stand-ins into a mirror, as far as it does not have these very ones yet. */
export async function publishStandIns(crane: string, mirror: string, layouts: string): Promise<void> {
  for (const { name, tags } of STAND_INS) {
    const digest = soleDigest(readJson(path.join(layouts, name, 'index.json')));
    for (const tag of tags) {
      if (await isPublished(mirror, { name, tag, digest })) continue;
      // Not `--index`: that pushes the layout's own index around the image's, which the classic engine cannot read.
      await run(crane, ['push', path.join(layouts, name), `${mirror}/library/${name}:${tag}`]);
    }
  }
}

/** The digest of the one image in a layout. */
export function soleDigest(index: unknown): string {
  return LayoutIndex.parse(index).manifests[0].digest;
}

async function isPublished(
  mirror: string,
  image: { readonly name: string; readonly tag: string; readonly digest: string },
): Promise<boolean> {
  const url = `http://${mirror}/v2/library/${image.name}/manifests/${image.tag}`;
  const headers = { accept: 'application/vnd.oci.image.index.v1+json' };
  const response = await fetch(url, { method: 'HEAD', headers });
  return response.ok && response.headers.get('docker-content-digest') === image.digest;
}
