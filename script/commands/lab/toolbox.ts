import path from 'node:path';
import { attempt } from './command.ts';
import type { Layout } from './layout.ts';
import { buildkit, buildx, compose } from './recipes/builders.ts';
import { dockerClient } from './recipes/docker-client.ts';
import { containerd, ctr, dockerd, runc } from './recipes/engine.ts';
import { actionlint, hadolint, zizmor } from './recipes/linters.ts';
import { node24 } from './recipes/node.ts';
import type { Recipe } from './recipes/recipe.ts';
import { crane, regctl } from './recipes/registry-client.ts';
import { distribution } from './recipes/registry-server.ts';
import { act } from './recipes/runner.ts';
import { osvScanner } from './recipes/scanner.ts';
import { ensureTool, programOf, toolDir } from './tool-cache.ts';

/** Tools that every lab has; add a recipe here and it is built and in PATH. */
const ALWAYS: readonly Recipe[] = [
  crane,
  regctl,
  ctr,
  distribution,
  actionlint,
  zizmor,
  hadolint,
  act,
  runc,
  buildkit,
  compose,
  osvScanner,
];
const ENGINE: readonly Recipe[] = [containerd, dockerd];

/** Where the lab's programs are. */
export interface Toolbox {
  readonly docker: string;
  readonly dockerd: string;
  readonly buildx: string;
  readonly compose: string;
  readonly buildkitd: string;
  readonly buildctl: string;
  readonly runc: string;
  readonly act: string;
  readonly crane: string;
  readonly regctl: string;
  readonly ctr: string;
  readonly skopeo: string;
  readonly distribution: string;
  readonly actionlint: string;
  readonly zizmor: string;
  readonly hadolint: string;
  readonly osvScanner: string;
  readonly node24: string;
  /** Folders that come first in PATH, joined by colons. */
  readonly path: string;
}

/** Makes what the cache lacks; an engine and a buildx that are there already are not built. */
export async function ensureToolbox(
  layout: Layout,
  needs: { readonly engine: boolean; readonly foreignBuildx: string | undefined },
): Promise<Toolbox> {
  const foundDocker = await findDocker();
  const recipes = [
    ...ALWAYS,
    ...(needs.foreignBuildx === undefined ? [buildx] : []),
    ...(foundDocker === undefined ? [dockerClient] : []),
    ...(needs.engine ? ENGINE : []),
  ];
  // One after the other: the Go compiler keeps all cores busy by itself.
  for (const recipe of [...recipes, node24]) await ensureTool(layout.cacheDir, recipe);
  const program = (recipe: Recipe, name: string): string => programOf(layout.cacheDir, recipe, name);
  return {
    docker: foundDocker ?? program(dockerClient, 'docker'),
    dockerd: program(dockerd, 'dockerd'),
    buildx: needs.foreignBuildx ?? program(buildx, 'docker-buildx'),
    compose: program(compose, 'docker-compose'),
    buildkitd: program(buildkit, 'buildkitd'),
    buildctl: program(buildkit, 'buildctl'),
    runc: program(runc, 'runc'),
    act: program(act, 'act'),
    crane: program(crane, 'crane'),
    regctl: program(regctl, 'regctl'),
    ctr: program(ctr, 'ctr'),
    // A package of the system: it needs the policy in /etc/containers that comes along.
    skopeo: '/usr/bin/skopeo',
    distribution: program(distribution, 'distribution'),
    actionlint: program(actionlint, 'actionlint'),
    zizmor: program(zizmor, 'zizmor'),
    hadolint: program(hadolint, 'hadolint'),
    osvScanner: program(osvScanner, 'osv-scanner'),
    node24: program(node24, 'node'),
    // Not Node 24: what runs under `lab run` keeps the node that the user chose.
    path: recipes.map((recipe) => path.join(toolDir(layout.cacheDir, recipe), 'bin')).join(':'),
  };
}

async function findDocker(): Promise<string | undefined> {
  const which = await attempt('sh', ['-c', 'command -v docker']);
  return which.exitCode === 0 ? which.stdout.trim() : undefined;
}
