import { mkdtemp, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { linkPlugins } from '../../../script/commands/lab/docker-config.ts';
import { compose } from '../../../script/commands/lab/recipes/builders.ts';

describe('the plugins of the docker command', () => {
  it('are those of the lab, also where others were before', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slipway-plugins-'));
    try {
      await symlink('/old/buildx', path.join(folder, 'docker-buildx'));
      await linkPlugins(folder, { buildx: '/new/docker-buildx', compose: '/new/docker-compose' });
      await linkPlugins(folder, { buildx: '/new/docker-buildx', compose: '/new/docker-compose' });
      const linked = await Promise.all(
        ['docker-buildx', 'docker-compose'].map((name) => readlink(`${folder}/${name}`)),
      );
      expect(linked).toEqual(['/new/docker-buildx', '/new/docker-compose']);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('have exact versions', () => {
    expect(compose.version).toMatch(/^v\d+\.\d+\.\d+$/);
  });
});
