import { lstat, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EndedStep } from '../support/action-step.ts';
import { type DevcontainerDesk, openDevcontainerDesk } from '../support/devcontainer.ts';
import { docker, requireLab } from '../support/lab.ts';
import { type OtherUser, openOtherUser } from '../support/other-user.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
/** The first user of an image, as nearly every image has it. */
const first = 1000;
const command = 'id -u; whoami; touch made; mkdir -p folder; touch folder/made; echo "$HOME"; touch "$HOME/made"';

describe('a machine whose user has another number than that of the image', () => {
  let user: OtherUser;
  let desk: DevcontainerDesk;
  let built: EndedStep;
  let reused: EndedStep;
  let asItIs: EndedStep;
  /** Whose the files are that containers made, by path. */
  let owners: Readonly<Record<string, readonly [number, number]>>;
  let imagesBefore: readonly string[];

  const images = async (): Promise<readonly string[]> =>
    (await docker(lab, 'image', 'ls', '--all', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}}'))
      .split('\n')
      .sort();

  beforeAll(async () => {
    user = await openOtherUser(lab);
    desk = await openDevcontainerDesk(lab, (id) => ({
      '.devcontainer/devcontainer.json': JSON.stringify({
        build: { dockerfile: 'Dockerfile' },
        remoteUser: 'dev',
        postCreateCommand: 'touch by-the-hook || true',
      }),
      '.devcontainer/Dockerfile': [
        'FROM busybox:1.36',
        `LABEL slipway.test=${id}`,
        `RUN echo "dev:x:${first}:${first}::/home/dev:/bin/sh" >> /etc/passwd && echo "dev:x:${first}:" >> /etc/group \\`,
        ` && mkdir -p /home/dev && chown ${first}:${first} /home/dev`,
        '',
      ].join('\n'),
    }));
    imagesBefore = (await images()).filter((name) => name.startsWith('vsc-'));
    built = await desk.run(await desk.job({ user }), { run: command });
    reused = await desk.run(await desk.job({ user }), { run: command });
    const made = (await readdir(desk.folder, { recursive: true })).filter((name) => /made$|folder$|by-/.test(name));
    owners = Object.fromEntries(
      await Promise.all(
        made.map(async (name): Promise<[string, readonly [number, number]]> => {
          const { uid, gid } = await lstat(path.join(desk.folder, name));
          return [name, [uid, gid]];
        }),
      ),
    );
    await mkdir(path.join(desk.folder, 'own'), { recursive: true });
    asItIs = await desk.run(await desk.job({ user }), {
      run: 'id -u; touch own/made',
      'update-uid': 'false',
      venv: 'none',
    });
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
    await user[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('gives its number to the user of the container, who keeps name and home', () => {
    for (const step of [built, reused]) {
      expect(step.errors).toEqual([]);
      expect(step.outputs['command-output']).toBe(`${user.uid}\ndev\n/home/dev`);
    }
    expect([built.outputs.mode, reused.outputs.mode]).toEqual(['build', 'reuse']);
  });

  it('owns what the hooks and the command made in the repository', () => {
    const own = [user.uid, user.uid];
    expect(owners).toEqual({ made: own, folder: own, 'folder/made': own, 'by-the-hook': own });
  });

  it('is no part of the image that is published, nor of the key of packages', () => {
    expect(reused.outputs.digest).toBe(built.outputs.digest);
    expect(reused.outputs['content-hash']).toBe(built.outputs['content-hash']);
  });

  it('leaves no image of its own number in the engine', async () => {
    expect((await images()).filter((name) => name.startsWith('vsc-') && !imagesBefore.includes(name))).toEqual([]);
  });

  it('changes no number where that is said, and then cannot write there', () => {
    expect(asItIs.stdout).toContain(`\n${first}\n`);
    expect(asItIs.outputs['command-exit-code']).toBe('1');
    expect(asItIs.stdout).toContain('Permission denied');
  });
});
