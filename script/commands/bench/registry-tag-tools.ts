import { inParallel } from '../../../src/store/parallel.ts';
import type { Bench } from './registry.ts';
import { timedWell } from './registry-child.ts';

/** What is to be tagged. */
export interface TagSet {
  readonly images: readonly TagImage[];
  readonly tags: readonly [string, string];
}

export interface TagImage {
  /** With the host of the proxy. */
  readonly repository: string;
  readonly path: string;
  readonly digest: string;
}

/** A way to tag. */
export interface TagTool {
  readonly name: string;
  /** What the others are held against; with `release`, what is shown beside it: it looks at much before the first tag, and after the last. */
  readonly ours?: 'client' | 'release';
  /** We promise to be much faster. */
  readonly isHeavy?: boolean;
  /** Gives all tags, and tells how long it took from the first process to the last. */
  give(set: TagSet): Promise<number>;
  cleanUp?(set: TagSet): Promise<void>;
}

const wayOf = { client: 'side by side', release: 'release' } as const;

/** Ours in both ways, then all others. */
export function tagTools(bench: Bench): readonly TagTool[] {
  const { lab, env } = bench;
  const { crane, regctl, skopeo, docker } = lab.tools;
  const ours = (name: string, kind: 'client' | 'release'): TagTool => ({
    name,
    ours: kind,
    give: async ({ images, tags }) =>
      (await bench.ours({ kind: 'tags', way: wayOf[kind], images: [...images], tags: [...tags] })).ms,
  });
  const each = (
    name: string,
    program: string,
    argsFor: (image: TagImage, tag: string) => readonly string[],
    atOnce = 1,
  ): TagTool => ({
    name,
    give: ({ images, tags }) =>
      measured(async () => {
        const all = images.flatMap((image) => tags.map((tag) => argsFor(image, tag)));
        await inParallel(all, atOnce, async (args) => void (await timedWell({ program, args, env })));
      }),
  });
  const named = ({ repository, digest }: TagImage): string => `${repository}@${digest}`;
  const craneArgs = (image: TagImage, tag: string): readonly string[] => ['tag', named(image), tag];
  const run = async (...args: readonly string[]): Promise<void> => {
    await timedWell({ program: docker, args, env });
  };
  return [
    ours('slipway', 'client'),
    ours('slipway, a whole release', 'release'),
    each('crane tag, one by one', crane, craneArgs),
    each('crane tag, eight at a time', crane, craneArgs, 8),
    each('regctl image copy', regctl, (image, tag) => [
      '--host',
      `reg=${image.repository.split('/')[0]},tls=disabled`,
      ...['image', 'copy', named(image), `${image.repository}:${tag}`],
    ]),
    each('skopeo copy', skopeo, (image, tag) => [
      ...['copy', '--quiet', '--src-tls-verify=false', '--dest-tls-verify=false'],
      `docker://${named(image)}`,
      `docker://${image.repository}:${tag}`,
    ]),
    {
      // Without the flag an image that is no index is wrapped into one, whose digest is another.
      ...each('buildx imagetools create', docker, (image, tag) => [
        ...['buildx', 'imagetools', 'create', '--prefer-index=false', '-t', `${image.repository}:${tag}`, named(image)],
      ]),
      isHeavy: true,
    },
    {
      name: 'docker pull, tag, push',
      isHeavy: true,
      give: ({ images, tags }) =>
        measured(async () => {
          for (const image of images) {
            await run('pull', '--quiet', named(image));
            for (const tag of tags) {
              await run('tag', named(image), `${image.repository}:${tag}`);
              await run('push', '--quiet', `${image.repository}:${tag}`);
            }
          }
        }),
      // With the digest go its tags.
      cleanUp: ({ images }) => run('rmi', ...images.map(named)),
    },
  ];
}

async function measured(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
