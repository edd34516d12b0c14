import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readState, writeJson } from '../../../script/commands/lab/state.ts';

const state = {
  docker: { host: 'unix:///tmp/lab/docker.sock', owned: true },
  dockerConfig: '/checkout/.lab/docker-config',
  path: '/cache/crane/bin',
  registry: '127.0.0.1:5001',
  registryAccessLog: '/checkout/.lab/logs/registry.out',
  mirror: '127.0.0.1:5002',
  buildkit: { remote: null },
  builders: { engine: 'default', remote: null },
  emulation: ['linux/arm64'],
  node24: '/cache/node/bin/node',
  network: 'slw01234567',
  socketDir: '/tmp/lab',
  tools: { act: 'a', crane: 'b', actionlint: 'c', zizmor: 'd', docker: 'e', buildctl: 'f' },
  processes: [],
};

describe('the state document', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lab-state-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('comes back as it was written', async () => {
    const file = path.join(folder, 'deep', 'state.json');
    await writeJson(file, state);
    expect(readState(file)).toEqual(state);
  });

  it.each([
    ['is missing', undefined],
    ['is torn', '{"docker": {'],
    ['has another form', '{"docker": {}}'],
  ])('counts as none when it %s', (_, content) => {
    const file = path.join(folder, 'state.json');
    if (content !== undefined) writeFileSync(file, content);
    expect(readState(file)).toBeUndefined();
  });
});
