import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { createProcesses } from '../../../src/adapters/processes.ts';

const adapter = JSON.stringify(new URL('../../../src/adapters/processes.ts', import.meta.url).href);

describe('processes', () => {
  it('know themselves, always by the same text without spaces', async () => {
    const self = await createProcesses().self();
    expect(self).toMatch(/^\S+$/);
    expect(self).toContain(encodeURIComponent(hostname()));
    expect(await createProcesses().self()).toBe(self);
    expect(await createProcesses().isAlive(self)).toBe(true);
  });

  it('are told apart when the system gives a number out again', async () => {
    const processes = createProcesses();
    const earlier = (await processes.self()).replace(/\d+$/, (start) => `${Number(start) - 1}`);
    expect(await processes.isAlive(earlier)).toBe(false);
  });

  it('are known to be gone after they were killed', async () => {
    const script = `
      const { createProcesses } = await import(${adapter});
      console.log(await createProcesses().self());
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    const [said] = await once(child.stdout, 'data');
    const identity = `${said}`.trim();
    const processes = createProcesses();
    expect(await processes.isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await processes.isAlive(identity)).toBe(false);
  }, 30_000);

  it('of another machine, or of no machine at all, cannot be judged', async () => {
    const processes = createProcesses();
    const self = await processes.self();
    for (const text of [`other${self}`, self.slice(0, self.lastIndexOf(':')), '', 'nonsense']) {
      expect(await processes.isAlive(text)).toBeUndefined();
    }
  });

  it('without a known start are gone if nothing has their number, and cannot be judged if something has', async () => {
    const processes = createProcesses();
    const self = await processes.self();
    const unknown = self.replace(/\d+$/, '-');
    expect(await processes.isAlive(unknown)).toBeUndefined();
    expect(await processes.isAlive(unknown.replace(/\d+:-$/, '4194305:-'))).toBe(false);
  });
});
