import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { crane, type Lab } from './lab.ts';
import { jobOf, type Run } from './runner.ts';
import { type Happening, type Moment, openRunnerExample, type RunnerExample } from './runner-example.ts';
import { layersOf, recordBeside, type StandingRecord } from './runner-registry.ts';

/** The images of the example in the order of their levels, each with the images that it is built on. */
const needs: Readonly<Record<string, readonly string[]>> = {
  base_image: [],
  science_base: ['base_image'],
  tractor: ['base_image'],
  astro_default: ['science_base'],
  heasoft: ['science_base'],
  ciao: ['heasoft'],
  high_energy: ['heasoft', 'tractor'],
  docs: ['high_energy', 'tractor'],
};

export const keys = Object.keys(needs);

/** Those whose FROM line names another of them: the layers of that one are the lowest of theirs. */
const standsOn: Readonly<Record<string, string>> = {
  science_base: 'base_image',
  tractor: 'base_image',
  astro_default: 'science_base',
  heasoft: 'science_base',
  ciao: 'heasoft',
  high_energy: 'heasoft',
};

/** The example, with its images read back. */
export interface Fornax extends RunnerExample {
  /** Adds an instruction to the Dockerfile of an image, and commits it. */
  extend(key: string): Promise<string>;
  record(key: string, digest: string | undefined): Promise<StandingRecord>;
  /** What images with a tag were built on, as `KEY on KEY@DIGEST`, by their records. */
  grounds(moment: Moment, tag: string, which: readonly string[]): Promise<readonly string[]>;
  /** Those of the images that do not have the layers of what their FROM line names at their bottom, under the same tag. */
  adrift(tag: string): Promise<readonly string[]>;
}

/** A commit was pushed to a branch. */
export const pushTo = (branch: string): Happening => ({ event: 'push', payload: { ref: `refs/heads/${branch}` } });

/** A release was published, of the tag that it names. */
export const releaseOf = (tag: string, branch = 'main'): Happening => ({
  event: 'release',
  payload: { action: 'published', release: { tag_name: tag, target_commitish: branch, prerelease: false } },
});

/** Somebody started it by hand, on main, and wants everything anew. */
export const anewByHand: Happening = {
  event: 'workflow_dispatch',
  payload: { ref: 'refs/heads/main', inputs: { 'rebuild-base': 'true' } },
};

/** The repository that fornax is copied from asks for a change that lies in a fork, or in itself. */
export function pullRequestFrom(owner: string): Happening {
  const head = { ref: 'topic', sha: '0'.repeat(40), repo: { full_name: `${owner}/fornax` } };
  const base = { ref: 'main', repo: { full_name: 'acme/fornax' } };
  return { event: 'pull_request', payload: { number: 1, pull_request: { number: 1, head, base } } };
}

/** Opens the example. Both of its bases are small stand-ins in the mirror of Docker Hub, and its Dockerfiles as they are. */
export async function openFornax(lab: Lab): Promise<Fornax> {
  await crane(lab, 'copy', `${lab.mirror}/library/busybox:1.36`, `${lab.mirror}/library/ubuntu:24.04`);
  const example = await openRunnerExample(lab, { name: 'fornax', registry: 'ghcr.io/fornax/images' });
  const image = (key: string): string => `${example.prefix}/${key}`;
  const record: Fornax['record'] = (key, digest) => recordBeside(lab, image(key), digest ?? 'nothing');
  let changes = 0;
  return {
    ...example,
    async extend(key) {
      changes++;
      const file = `${key}/Dockerfile`;
      const text = await readFile(path.join(example.folder, file), 'utf8');
      return example.commit({ [file]: `${text.trimEnd()}\nRUN echo ${changes} > /opt/change-${changes}\n` });
    },
    record,
    async grounds({ tags }, tag, which) {
      const found = which.map(async (key) => {
        const { bases } = await record(key, tags[`${key}:${tag}`]);
        return bases.flatMap((base) => (base.key === null ? [] : [`${key} on ${base.key}@${base.digest}`]));
      });
      return (await Promise.all(found)).flat().sort();
    },
    async adrift(tag) {
      const found = Object.entries(standsOn).map(async ([key, below]) => {
        const [upper, lower] = await Promise.all([
          layersOf(lab, `${image(key)}:${tag}`),
          layersOf(lab, `${image(below)}:${tag}`),
        ]);
        const stands = upper.length > lower.length && lower.every((layer, index) => upper[index] === layer);
        return stands ? [] : [key];
      });
      return (await Promise.all(found)).flat();
    },
  };
}

/** Every image under each of these tags. */
export function tagged(...tags: readonly string[]): readonly string[] {
  return tags.flatMap((tag) => keys.map((key) => `${key}:${tag}`));
}

/** The digest of each image under a tag. */
export function under({ tags }: Moment, tag: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(keys.map((key) => [key, tags[`${key}:${tag}`]]));
}

/** What images should be built on: what has this tag of that which their Dockerfiles name. */
export function expectedGrounds(moment: Moment, tag: string, which: readonly string[]): readonly string[] {
  const named = which.flatMap((key) => (needs[key] ?? []).map((base) => ({ key, base })));
  return named.map(({ key, base }) => `${key} on ${base}@${moment.tags[`${base}:${tag}`]}`).sort();
}

/** Images whose job did not start after the jobs of what they are built on, or is not of a later level. */
export function outOfOrder(run: Run): readonly string[] {
  const place = (key: string): number => run.jobs.indexOf(jobOf(run, key));
  const level = (key: string): number => Number(jobOf(run, key).id.replace('level-', ''));
  return keys.filter((key) =>
    (needs[key] ?? []).some((base) => !(place(base) < place(key) && level(base) < level(key))),
  );
}

/** The images that have another digest under a tag than they had under one before. */
export function moved(before: Moment, after: Moment, from: string, to = from): readonly string[] {
  return keys.filter((key) => before.tags[`${key}:${from}`] !== after.tags[`${key}:${to}`]);
}
