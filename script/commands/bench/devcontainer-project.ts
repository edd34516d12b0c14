import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Lab, labEnv } from '../../../test/support/lab.ts';
import type { OtherUser } from '../../../test/support/other-user.ts';
import { attempt, run } from '../lab/command.ts';
import type { CountingRegistry } from './counting-registry.ts';

/**
 * Where the tools of a dev container come from: its Dockerfile, or a Feature that lies beside it. On a hosted runner neither the job
 * nor the container has the superuser's rights, and their users have other numbers.
 */
export const devcontainerKinds = ['dockerfile', 'feature', 'hosted runner'] as const;
export type DevcontainerKind = (typeof devcontainerKinds)[number];

/** What both ways need. */
export interface DevcontainerWayOptions {
  readonly lab: Lab;
  readonly kind: DevcontainerKind;
  /** In all that is made; no other run has it. */
  readonly nonce: string;
  readonly folder: string;
  /** Which this way has to itself. */
  readonly registry: CountingRegistry;
  /** Who the job is. */
  readonly user: OtherUser | undefined;
}

const packageMib = 64;
/** What the CLI runs to give a user other numbers says nothing of whose it is, and holds what it stands on. */
const layerOfNumbers = 'EXISTING_USER';

/** A dev container as projects have it: a base, and a layer of tools that differs from project to project. */
export async function writeProject({ kind, nonce, folder, user }: DevcontainerWayOptions): Promise<void> {
  const install = `: ${nonce} && head -c ${packageMib << 20} /dev/urandom > /opt/tools`;
  const [isFeature, isHosted] = [kind === 'feature', kind === 'hosted runner'];
  // The builder knows the layer of a Feature by its name alone, so that it has ours.
  const features = isFeature ? { features: { [`./${nonce}`]: {} } } : {};
  const config = {
    name: 'bench',
    build: { dockerfile: 'Dockerfile' },
    postCreateCommand: 'true',
    ...features,
    ...(isHosted ? { remoteUser: 'dev' } : {}),
  };
  const dockerfile = [
    'FROM python:3.11-slim',
    `LABEL slipway.bench=${nonce}`,
    ...(isFeature ? [] : [`RUN ${install}`]),
    ...(isHosted ? [`RUN : ${nonce} && useradd --create-home --shell /bin/bash dev`] : []),
    `COPY settings /etc/${nonce}`,
    '',
  ];
  const files: Readonly<Record<string, string>> = {
    'devcontainer.json': JSON.stringify(config),
    Dockerfile: dockerfile.join('\n'),
    settings: nonce,
    [`${nonce}/devcontainer-feature.json`]: JSON.stringify({ id: nonce, version: '1.0.0', name: 'Tools' }),
    [`${nonce}/install.sh`]: `#!/bin/sh\n${install}\n`,
  };
  await mkdir(path.join(folder, '.devcontainer', nonce), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, '.devcontainer', name), text);
  await user?.give(folder);
}

/** Takes away what the engine has of images with a name of ours in their label. */
export async function forgetImages(lab: Lab, nonce: string): Promise<void> {
  const env = labEnv(lab);
  const label = `label=slipway.bench=${nonce}`;
  const listed = await run(lab.tools.docker, ['image', 'ls', '--all', '--quiet', '--no-trunc', '--filter', label], {
    env,
  });
  const ids = new Set(listed.split('\n').filter((line) => line !== ''));
  for (const id of ids) await attempt(lab.tools.docker, ['image', 'rm', '--force', id], { env });
}

/** The next job runs on another machine: containers, images and what the builder knows of this way go. */
export async function forget({ lab, nonce, folder, registry }: DevcontainerWayOptions): Promise<void> {
  const env = labEnv(lab);
  const docker = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await run(lab.tools.docker, args, { env })).split('\n').filter((line) => line !== '');
  const label = `label=slipway.bench=${nonce}`;
  const containers = [
    ...(await docker('ps', '--all', '--quiet', '--filter', label)),
    ...(await docker('ps', '--all', '--quiet', '--filter', `label=devcontainer.local_folder=${folder}`)),
  ];
  for (const id of new Set(containers)) await docker('rm', '--force', '--volumes', id);
  await forgetImages(lab, nonce);
  for (const text of [nonce, registry.host, layerOfNumbers]) {
    const args = [
      'buildx',
      'prune',
      '--builder',
      lab.builders.engine,
      '--all',
      '--force',
      '--filter',
      `description~=${text}`,
    ];
    await attempt(lab.tools.docker, args, { env });
  }
  await rm(path.join(folder, '.devcontainer/devcontainer-lock.json'), { force: true });
}
