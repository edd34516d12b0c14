import { describe, expect, it } from '@jest/globals';
import { type BuildRequest, buildArgs } from '../../../src/clients/build-args.ts';
import { plainBuild } from '../../../src/domain/build-options.ts';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';

const request: BuildRequest = {
  builder: 'b1',
  folder: '/repo',
  context: '/repo/app',
  dockerfile: '/repo/app/Dockerfile',
  target: null,
  platforms: [parsePlatform('linux/amd64')],
  buildArgs: {},
  namedContexts: {},
  store: '/made/store',
  cache: { from: [], to: [], fresh: false },
  options: plainBuild,
  epoch: null,
};

describe('T02 an argument of a build', () => {
  it.each(['1,--output=type=local,dest=/', '--output=type=local,dest=/', 'a\n--privileged', '"', '$(touch pwn)', ''])(
    'that is %j adds one element to those of buildx, and no option',
    (value) => {
      const plain = buildArgs(request);
      const args = buildArgs({ ...request, buildArgs: { X: value } });
      const at = args.indexOf('--build-arg');
      expect(args.slice(at, at + 2)).toEqual(['--build-arg', `X=${value}`]);
      expect([...args.slice(0, at), ...args.slice(at + 2)]).toEqual(plain);
    },
  );
});

describe('T02 a name that would be an option', () => {
  it.each<[string, () => unknown, string]>([
    ['a tag', () => parseTag('-v/:/h', 'test'), 'tag-invalid'],
    ['a platform', () => parsePlatform('linux/amd64\n--privileged'), 'platform-invalid'],
    ['a repository', () => parseRepository('--push/x', 'test'), 'reference-invalid'],
    ['a tag with NUL', () => parseTag('a\0b', 'test'), 'tag-invalid'],
  ])('is refused: %s', (_, read, code) => {
    expect(read).toThrow(expect.objectContaining({ exitCode: 2, code }));
  });
});
