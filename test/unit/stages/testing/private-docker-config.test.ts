import { describe, expect, it } from '@jest/globals';
import { privateDockerConfig } from '../../../../src/stages/testing/private-docker-config.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

const secret =
  '{"auths":{"r":{"auth":"c2VjcmV0"}},"credsStore":"pass","proxies":{"default":{"httpProxy":"http://u:p@x"}}';

describe('the configuration of Docker that a command on the runner sees', () => {
  it('reaches the same engine by the same plugins, and knows no password', async () => {
    const files = createMemoryFiles({
      '/own/config.json': `${secret},"currentContext":"far"}`,
      '/own/contexts/meta/x': '{}',
      '/own/cli-plugins/docker-buildx': '',
    });
    await using folder = await privateDockerConfig(files, { DOCKER_CONFIG: '/own', HOME: '/home' });
    expect(await files.readText(`${folder.path}/config.json`)).toBe('{"currentContext":"far"}');
    expect(await files.readText(`${folder.path}/contexts/meta/x`)).toBe('{}');
    expect(await files.readText(`${folder.path}/cli-plugins/docker-buildx`)).toBe('');
  });

  it('leaves what it was made of when it is gone', async () => {
    const files = createMemoryFiles({ '/home/.docker/contexts/x': 'kept' });
    const folder = await privateDockerConfig(files, { HOME: '/home' });
    await folder[Symbol.asyncDispose]();
    expect(await files.facts(folder.path)).toBeUndefined();
    expect(await files.readText('/home/.docker/contexts/x')).toBe('kept');
  });

  it.each(['', 'null', '[]', '{', '"x"'])('is empty where the own one is %j', async (text) => {
    const files = createMemoryFiles({ '/own/config.json': text });
    await using folder = await privateDockerConfig(files, { DOCKER_CONFIG: '/own' });
    expect(await files.readText(`${folder.path}/config.json`)).toBe('{}');
  });
});
