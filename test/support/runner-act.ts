import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { hasCode } from '../../script/commands/lab/lab-error.ts';
import { type Lab, labEnv } from './lab.ts';
import type { OtherUser } from './other-user.ts';

/** So long a run may take before it counts as hung: less than the tests are given, so that they tell what it said. */
const patienceMs = 840_000;

/** Runs act in a process group of its own, so that a hung run goes with all that it started. */
export async function act(
  lab: Lab,
  args: readonly string[],
  { cwd, home, user }: { readonly cwd: string; readonly home: string; readonly user: OtherUser | undefined },
): Promise<{ readonly exitCode: number; readonly log: string }> {
  const env = { ...labEnv(lab), HOME: home, XDG_CACHE_HOME: path.join(home, 'cache'), ...user?.env };
  const started = user?.start({ program: lab.tools.act, args }) ?? { program: lab.tools.act, args };
  return new Promise((resolve, reject) => {
    const child = spawn(started.program, started.args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    let isHung = false;
    const timer = setTimeout(() => {
      isHung = true;
      killGroup(child.pid);
    }, patienceMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const end = async (): Promise<{ readonly exitCode: number; readonly log: string }> => {
        const log = (await said).join('\n');
        if (isHung || code === null) throw new Error(`the workflow runner did not end by itself\n${log}`);
        return { exitCode: code, log };
      };
      end().then(resolve, reject);
    });
  });
}

/** It may have ended at the same moment. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
