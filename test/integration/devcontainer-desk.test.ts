import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { type DevcontainerDesk, openDevcontainerDesk, smallDevcontainer } from '../support/devcontainer.ts';
import { labEnv, requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('slipway devcontainer', () => {
  let desk: DevcontainerDesk;

  beforeAll(async () => {
    desk = await openDevcontainerDesk(lab, smallDevcontainer());
  });

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  const slipway = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    const loader = path.join(root, 'node_modules/tsx/dist/loader.mjs');
    const entry = path.join(root, 'test/support/slipway.ts');
    const child = spawn(process.execPath, ['--import', loader, entry, 'devcontainer', ...args], {
      cwd: desk.folder,
      env: { ...labEnv(lab), HOME: desk.folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
      });
    }
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode) => resolve({ exitCode, ...said }));
    });
  };

  it(
    'ends as its command does, publishes only what is said, and leaves no container',
    async () => {
      const failed = await slipway(['echo "$WORD"; cat app.txt; exit 7', '--image', desk.image, '--env', 'WORD'], {
        WORD: 'a word',
      });
      expect(failed.stderr).toMatch(/a word\r?\n.*an app/s);
      expect(failed.exitCode).toBe(7);
      expect(await tagsOf(lab, desk.image)).toEqual([]);
      const pushed = await slipway(['cat /word', '--image', desk.image, '--push', '--json']);
      expect(pushed.exitCode).toBe(0);
      const outcome = JSON.parse(pushed.stdout) as Record<string, unknown>;
      expect(outcome).toMatchObject({ mode: 'build', pushed: true, command: { exitCode: 0, output: desk.id } });
      const again = await slipway(['cat /word', '--image', desk.image]);
      expect(again.stdout).toContain('reused');
      expect(await desk.containers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it('says what is wrong with a configuration, by line and column', async () => {
    await desk.write({ '.devcontainer/devcontainer.json': '{\n  "image": busybox\n}\n' });
    const ended = await slipway(['true']);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('devcontainer-unreadable');
    expect(ended.stderr).toContain('.devcontainer/devcontainer.json:2:12');
  });
});
