import { describe, expect, it } from '@jest/globals';
import { isUsable } from '../../../script/commands/lab/emulation.ts';
import { layoutOf } from '../../../script/commands/lab/layout.ts';
import { mountsUnder } from '../../../script/commands/lab/mounts.ts';
import { formatDuration } from '../../../script/commands/lab/progress.ts';
import { buildkitConfig } from '../../../script/commands/lab/second-builder.ts';
import { soleDigest } from '../../../script/commands/lab/stand-ins.ts';
import { table } from '../../../script/commands/lab/status.ts';

describe('what the lab reads and writes', () => {
  it('gives two checkouts different places and one shared cache', () => {
    const [one, two] = [layoutOf('/a', { XDG_CACHE_HOME: '/c' }), layoutOf('/b', { XDG_CACHE_HOME: '/c' })];
    expect(one.socketDir).not.toBe(two.socketDir);
    expect(one.cacheDir).toBe('/c/slipway-lab');
    expect(two.cacheDir).toBe('/c/slipway-lab');
  });

  it('lists mounts in a folder, the latest first, and none beside it', () => {
    const line = (point: string) => `1 2 0:3 / ${point} rw - overlay overlay rw`;
    const info = ['/', '/x/.lab/a', '/x/.lab/a\\040b', '/x/.labels'].map(line).join('\n');
    expect(mountsUnder(info, '/x/.lab')).toEqual(['/x/.lab/a b', '/x/.lab/a']);
  });

  it.each([
    ['enabled\ninterpreter /q\nflags: PF\n', true],
    ['enabled\ninterpreter /q\nflags: F\n', false],
    ['disabled\ninterpreter /q\nflags: PF\n', false],
  ])('judges the emulator entry %j: %s', (entry, expected) => {
    expect(isUsable(entry)).toBe(expected);
  });

  it('tells BuildKit of the mirror and of both plain registries', () => {
    const config = buildkitConfig('127.0.0.1:1', '127.0.0.1:2');
    expect(config).toContain('[registry."docker.io"]\n  mirrors = ["127.0.0.1:1"]');
    expect(config).toContain('[registry."127.0.0.1:2"]\n  http = true');
  });

  it('publishes the one image of a layout, and refuses a layout of several', () => {
    expect(soleDigest({ manifests: [{ digest: 'sha256:1' }] })).toBe('sha256:1');
    expect(() => soleDigest({ manifests: [{ digest: 'sha256:1' }, { digest: 'sha256:2' }] })).toThrow();
  });

  it('prints durations and tables as people read them', () => {
    expect([formatDuration(1234), formatDuration(52_400)]).toEqual(['1.2 s', '52 s']);
    expect(
      table([
        ['a', 'bb'],
        ['ccc', 'd'],
      ]),
    ).toBe('a    bb\nccc  d');
  });
});
