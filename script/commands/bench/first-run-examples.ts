import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crane, docker, type Lab } from '../../../test/support/lab.ts';
import { withSimpleIndex } from '../../../test/support/poetry-index.ts';
import { ensurePythonBase, pythonBase } from '../../../test/support/python-base.ts';

const python = `library/${pythonBase}`;

/** What the first two commands in an example are, and what it needs before. */
export interface FirstRun {
  readonly name: string;
  readonly init: readonly string[];
  readonly run: readonly string[];
  /** Slipway's own files, and what a template makes: they are removed first. */
  readonly removed: readonly string[];
  /** Images of the internet that the lab has none of, and what stands in for each. */
  readonly standIns: Readonly<Record<string, string>>;
  /** It asks an index of packages in a way that not every copy of the index answers, unless the index is named. */
  readonly isPoetry?: true;
}

const pythons = ['3.7', '3.8', '3.9', '3.10', '3.12', '3.13'].map((version) => `library/python:${version}-slim`);

export const firstRuns: readonly FirstRun[] = [
  {
    name: 'opencrate',
    init: [
      '--registry',
      'docker.io/braindotai',
      '--repository',
      'opencrate-{key}',
      '--generate',
      'sh docker/dockerfiles.sh',
    ],
    run: ['run'],
    removed: [],
    standIns: Object.fromEntries([...pythons, 'nvidia/cuda:12.4.1-runtime-ubuntu22.04'].map((name) => [name, python])),
  },
  {
    name: 'fornax',
    init: ['--registry', 'ghcr.io/fornax/images'],
    run: ['run'],
    removed: [],
    standIns: { 'library/ubuntu:24.04': python },
  },
  {
    name: 'python-poetry',
    init: ['--template', 'poetry', '--name', 'poem', '--python', '3.11', '--registry', 'ghcr.io/org/poem'],
    run: ['run'],
    removed: ['Dockerfile', '.dockerignore', 'compose.yaml'],
    standIns: {},
    isPoetry: true,
  },
  { name: 'workshop', init: ['--registry', 'ghcr.io/org/workshop'], run: ['run'], removed: [], standIns: {} },
  {
    name: 'devcontainer-poetry',
    init: ['--registry', 'ghcr.io/org/orbit', '--run', 'tests=poetry --version'],
    run: ['devcontainer', 'poetry --version'],
    removed: [],
    standIns: { 'library/python:3.12-slim-bookworm': python },
  },
];

/** Puts into the lab's mirror what the examples are built on; what somebody else has put there stays. */
export async function giveBases(lab: Lab): Promise<void> {
  await ensurePythonBase(lab);
  for (const { standIns } of firstRuns) {
    for (const [name, from] of Object.entries(standIns)) {
      const isThere = await crane(lab, 'digest', `${lab.mirror}/${name}`).then(
        () => true,
        () => false,
      );
      if (!isThere) await crane(lab, 'copy', `${lab.mirror}/${from}`, `${lab.mirror}/${name}`);
    }
  }
}

/** Makes an example what it is before anybody has heard of Slipway. */
export async function makeBare(folder: string, { removed, isPoetry }: FirstRun): Promise<void> {
  for (const name of ['slipway.yml', '.github', ...removed]) {
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
  if (isPoetry === undefined) return;
  const pyproject = path.join(folder, 'pyproject.toml');
  const lock = path.join(folder, 'poetry.lock');
  const named = await withSimpleIndex({
    pyproject: await readFile(pyproject, 'utf8'),
    lock: await readFile(lock, 'utf8'),
  });
  await writeFile(pyproject, named.pyproject);
  await writeFile(lock, named.lock);
}

/**
 * Gives each stage of each Dockerfile a variable of its own, so that no builder has any step of it: a machine is clean once
 * only. A label, by which the images are found again, would not do: a step is looked up by its environment and its files.
 */
export async function makeCold(folder: string, label: string): Promise<void> {
  const mark = `LABEL ${label}=1\nENV SLIPWAY_BENCH=${randomBytes(6).toString('hex')}`;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const isOurs = !entry.isFile() || /\/\.(?:git|slipway)\//.test(file);
    if (isOurs || !/^Dockerfile|^dockerfiles\.sh$/.test(entry.name)) continue;
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text.replaceAll(/^FROM .+$/gm, (line) => `${line}\n${mark}`),
    );
  }
}

/** Removes what the first run of a dev container has left in the engine. */
export async function removeLabelled(lab: Lab, label: string): Promise<void> {
  const images = (await docker(lab, 'image', 'ls', '--quiet', '--no-trunc', '--filter', `label=${label}`)).split('\n');
  for (const image of new Set(images.filter((id) => id !== ''))) {
    await docker(lab, 'image', 'rm', '--force', image).catch(() => undefined);
  }
}
