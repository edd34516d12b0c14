import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readState, writeJson } from '../../../script/commands/lab/state.ts';

const state = {
  docker: { host: 'unix:///tmp/lab/docker.sock', owned: true },
  classic: { host: 'unix:///tmp/lab/classic/docker.sock' },
  containerd: { address: '/tmp/lab/exec/containerd/containerd.sock' },
  dockerConfig: '/checkout/.lab/docker-config',
  path: '/cache/crane/bin',
  registry: '127.0.0.1:5001',
  registryAccessLog: '/checkout/.lab/logs/registry.out',
  registry3: '127.0.0.1:5003',
  registry3AccessLog: '/checkout/.lab/logs/registry3.out',
  mirror: '127.0.0.1:5002',
  buildkit: { remote: null },
  builders: { engine: 'default', remote: null },
  emulation: ['linux/arm64'],
  node24: '/cache/node/bin/node',
  network: 'slw01234567',
  socketDir: '/tmp/lab',
  tools: {
    act: 'a',
    crane: 'b',
    regctl: 'c',
    ctr: 'd',
    skopeo: 'e',
    distribution: 'f',
    actionlint: 'g',
    zizmor: 'h',
    hadolint: 'l',
    docker: 'i',
    buildctl: 'j',
    osvScanner: 'k',
  },
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

  it('is one too where the engine is not our own', async () => {
    const file = path.join(folder, 'state.json');
    const foreign = { ...state, classic: null, containerd: null, network: null };
    await writeJson(file, foreign);
    expect(readState(file)).toEqual(foreign);
  });

  it('of an older lab counts as none, so that up adds what is missing', async () => {
    const file = path.join(folder, 'state.json');
    const { registry3: _, ...older } = state;
    await writeJson(file, older);
    expect(readState(file)).toBeUndefined();
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
