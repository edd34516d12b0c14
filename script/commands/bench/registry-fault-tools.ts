import { inParallel } from '../../../src/store/parallel.ts';
import type { Bench } from './registry.ts';
import { timed, timedWell } from './registry-child.ts';

/** One push: an image in a layout, and the tag that is to name it. */
export interface FaultyPush {
  readonly layout: string;
  readonly path: string;
  readonly digest: string;
  /** What the tag names before. */
  readonly previous: string;
}

/** Where the pushes go: through the faults, or past them. */
export interface Hosts {
  readonly faulty: string;
  readonly direct: string;
}

/** Something that pushes. */
export interface FaultTool {
  readonly name: string;
  readonly isOurs?: boolean;
  /** Brings the images to where the tool takes them from. */
  prepare?(pushes: readonly FaultyPush[], hosts: Hosts): Promise<void>;
  /** Why each push failed; nothing, where the tool calls it a success. */
  push(pushes: readonly FaultyPush[], host: string): Promise<readonly (string | undefined)[]>;
  cleanUp?(pushes: readonly FaultyPush[], hosts: Hosts): Promise<void>;
}

export const TAG = 'v1';
const AT_ONCE = 8;
const OTHERS_AT_ONCE = 4;
const LIMIT_MS = 60_000;

/** Ours, and others as they come. */
export function faultTools({ lab, env, ours }: Bench): readonly FaultTool[] {
  const { crane, skopeo, docker } = lab.tools;
  const each = (
    name: string,
    program: string,
    argsFor: (push: FaultyPush, target: string) => readonly string[],
  ): FaultTool => ({
    name,
    async push(pushes, host) {
      const failures: (string | undefined)[] = pushes.map(() => undefined);
      await inParallel([...pushes.entries()], OTHERS_AT_ONCE, async ([place, push]) => {
        const args = argsFor(push, `${host}/${push.path}:${TAG}`);
        const ran = await timed({ program, args, env }, LIMIT_MS);
        if (ran.exitCode !== 0) failures[place] = ran.stderr.trim().split('\n').at(-1) ?? '';
      });
      return failures;
    },
  });
  const run = async (...args: readonly string[]): Promise<void> => {
    await timedWell({ program: docker, args, env });
  };
  // Another repository: what is in the one that is pushed to would not be pushed.
  const sourceOf = ({ path }: FaultyPush, { direct }: Hosts): string => `${direct}/source/${path}:v1`;
  return [
    {
      name: 'slipway',
      isOurs: true,
      async push(pushes, host) {
        const work = pushes.map(({ path, ...push }) => ({ ...push, repository: `${host}/${path}`, tag: TAG }));
        const { report } = await ours({ kind: 'pushes', atOnce: AT_ONCE, pushes: work });
        return report.pushes.map(({ failure }) => failure);
      },
    },
    each('crane push', crane, ({ layout }, target) => ['push', layout, target]),
    each('skopeo copy', skopeo, ({ layout }, target) => [
      ...['copy', '--quiet', '--dest-tls-verify=false', `oci:${layout}`, `docker://${target}`],
    ]),
    {
      ...each('docker push', docker, (_, target) => ['push', '--quiet', target]),
      async prepare(pushes, hosts) {
        for (const push of pushes) {
          await timedWell({ program: crane, args: ['push', push.layout, sourceOf(push, hosts)], env });
          await run('pull', '--quiet', sourceOf(push, hosts));
          await run('tag', sourceOf(push, hosts), `${hosts.faulty}/${push.path}:${TAG}`);
        }
      },
      async cleanUp(pushes, hosts) {
        const names = pushes.flatMap((push) => [sourceOf(push, hosts), `${hosts.faulty}/${push.path}:${TAG}`]);
        await run('rmi', ...names);
      },
    },
  ];
}
