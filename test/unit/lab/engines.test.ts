import { describe, expect, it } from '@jest/globals';
import { bridgeName } from '../../../script/commands/lab/bridge.ts';
import { containerdIn, engineOptions, socketIn } from '../../../script/commands/lab/engine-service.ts';
import { layoutOf } from '../../../script/commands/lab/layout.ts';

const layout = layoutOf('/checkout', {});

const plan = {
  name: 'dockerd',
  program: '/bin/dockerd',
  bridge: 'engine' as const,
  dataRoot: '/lab/engine',
  runFolder: '/run/lab',
  toolPath: '/bin',
  mirror: '127.0.0.1:1',
  userlandProxy: false,
  options: {},
};

describe('two engines of one checkout', () => {
  it('have a bridge each, with names that the kernel takes', () => {
    const names = [bridgeName(layout, 'engine'), bridgeName(layout, 'classic')];
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(15);
  });

  it('are told which bridge and which addresses to take, and what is theirs alone', () => {
    const bridge = { name: 'slc0', pool: 'base=10.1.128.0/17,size=24', mtu: '1500' };
    const options = engineOptions({ ...plan, options: { iptables: 'false' } }, bridge);
    expect(options).toContain('--bridge=slc0');
    expect(options).toContain('--default-address-pool=base=10.1.128.0/17,size=24');
    expect(options).toContain('--iptables=false');
  });

  it('keep everything in folders of their own', () => {
    const bridge = { name: 'b', pool: 'p', mtu: '1500' };
    const [one, two] = [plan, { ...plan, dataRoot: '/lab/engine-2', runFolder: '/run/lab/classic' }].map((each) =>
      engineOptions(each, bridge).filter((option) => /^--(host|data-root|exec-root|pidfile)=/.test(option)),
    );
    expect(one).toEqual([
      '--host=unix:///run/lab/docker.sock',
      '--data-root=/lab/engine',
      '--exec-root=/run/lab/exec',
      '--pidfile=/run/lab/docker.pid',
    ]);
    expect(two?.filter((option) => one?.includes(option))).toEqual([]);
  });

  it('listen where the state says, and so does the containerd of the first', () => {
    expect(socketIn('/run/lab')).toBe('/run/lab/docker.sock');
    expect(containerdIn('/run/lab')).toBe('/run/lab/exec/containerd/containerd.sock');
  });
});
