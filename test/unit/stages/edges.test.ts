import { describe, expect, it } from '@jest/globals';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { parseDockerfile } from '../../../src/formats/dockerfile.ts';
import { indexSet, linkBase } from '../../../src/stages/planning/edges.ts';

const images = ['base', 'python', 'tools/cli', 'one/twin', 'two/twin', 'a/b/twin'].map((path) => {
  const key = path.replaceAll('/', '-');
  return { key, repository: parseRepository(`registry.test/acme/${path}`, 'test'), context: `src/${path}-context` };
});
const nested = ['images/minimal', 'images/r/cuda', 'images/tf/cuda', 'more/base'].map((context) => {
  const key = context.replaceAll('/', '-');
  return { key, repository: parseRepository(`registry.test/acme/${key}`, 'test'), context };
});
const places = { prefix: 'registry.test/acme', home: 'ghcr.io/acme' };
const digest = `sha256:${'a'.repeat(64)}`;

function link(lines: string, { user = 'app', args = {} }: { user?: string; args?: Record<string, string> } = {}) {
  const platforms = [parsePlatform('linux/amd64')];
  const found = parseDockerfile(lines, { file: 'app/Dockerfile', buildArgs: args, target: null, platforms });
  const planned = found.bases.map((base) =>
    linkBase(base, { key: user, file: 'app/Dockerfile' }, indexSet([...images, ...nested], places)),
  );
  return planned[0];
}

describe('a base', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['its repository', 'FROM registry.test/acme/base', {}, 'base'],
    ['its repository and any tag', 'FROM registry.test/acme/base:other', {}, 'base'],
    ['its repository by arguments', 'ARG R\nFROM $R/tools/cli:1', { R: 'registry.test/acme' }, 'tools-cli'],
    ['its repository by one argument', 'ARG B\nFROM $B', { B: 'registry.test/acme/base' }, 'base'],
    ['its name under a prefix of another default', 'ARG R=ghcr.io/x\nFROM ${R}/base:${T:-1}', {}, 'base'],
    ['its name under a prefix without a value', 'ARG R\nFROM ${R}/base:1', {}, 'base'],
    ['its name, where the tag has no value either', 'ARG R\nARG T\nFROM ${R}/base:${T}', {}, 'base'],
    ['its name behind a prefix with its slash', 'ARG P\nFROM ${P}base', {}, 'base'],
    ['its name under a given prefix', 'ARG R\nFROM ${R}/base', { R: 'localhost:5000' }, 'base'],
    ['the last two parts of its name', 'ARG R=ghcr.io/x\nFROM $R/tools/cli', {}, 'tools-cli'],
    ['the last part of its name', 'ARG R=ghcr.io/x\nFROM $R/cli', {}, 'tools-cli'],
    ['a name that two have, with a part more', 'ARG R=ghcr.io/x\nFROM $R/one/twin', {}, 'one-twin'],
    ['its name in a default made of two', 'ARG R=quay.io\nARG B=$R/base\nFROM $B:1', {}, 'base'],
    ['the name of its folder', 'ARG R=ghcr.io/x\nFROM $R/minimal', {}, 'images-minimal'],
    ['the names of two folders', 'ARG R=ghcr.io/x\nFROM $R/r/cuda:1', {}, 'images-r-cuda'],
    ['its name rather than the folder of another', 'ARG R=ghcr.io/x\nFROM $R/base', {}, 'base'],
    ['its repository where the configuration has it', 'FROM ghcr.io/acme/tools/cli:main', {}, 'tools-cli'],
    ['a COPY of that', 'FROM scratch\nCOPY --from=ghcr.io/acme/python:main /f /f', {}, 'python'],
    ['a COPY', 'FROM scratch\nCOPY --from=registry.test/acme/python /f /f', {}, 'python'],
  ])('is an image of the set by %s', (_, lines, args, key) => {
    expect(link(lines, { args })).toMatchObject({ key, digest: null });
  });

  it.each<[string, string, Record<string, string>]>([
    ['another name', 'ARG R\nFROM $R/other', { R: 'registry.test/acme' }],
    ['the end of a name that is no part of its own', 'ARG R=ghcr.io/x\nFROM $R/ase', {}],
    ['a name that begins with more', 'ARG R=ghcr.io/x\nFROM $R/my-base', {}],
    ['the name alone, without a prefix', 'FROM base', {}],
    ['the name under a prefix that is written out', 'FROM ghcr.io/x/base', {}],
    ['the name under a prefix that is written out, with a tag from an argument', 'ARG T=1\nFROM ghcr.io/x/base:$T', {}],
    ['a whole that stands in one argument', 'ARG B=ghcr.io/x/base:1\nFROM $B', {}],
    ['the name of the folders of two', 'ARG R=ghcr.io/x\nFROM $R/cuda', {}],
    ['the name of a folder under a prefix that is written out', 'FROM ghcr.io/x/minimal', {}],
    ['a name that two have', 'ARG R=ghcr.io/x\nFROM $R/twin', {}],
    ['a part before the name that is written out and another', 'ARG H=docker.io\nFROM $H/library/python', {}],
    ['a digest', `ARG R=ghcr.io/x\nFROM $R/base@${digest}`, {}],
  ])('is from outside by %s', (_, lines, args) => {
    expect(link(lines, { args })).toMatchObject({ key: null, platforms: {} });
  });

  it('that is pinned keeps its digest, also where it is of the set', () => {
    expect(link(`FROM registry.test/acme/base:1@${digest}`)).toMatchObject({ key: null, digest });
  });

  it('of the same name as its user is from outside under an argument, and the user itself by its repository', () => {
    expect(link('ARG R=ghcr.io/x\nFROM $R/python', { user: 'python' })).toMatchObject({ key: null });
    expect(link('FROM registry.test/acme/python', { user: 'python' })).toMatchObject({ key: 'python' });
  });

  it('that is no reference is refused with its line', () => {
    expect(() => link('ARG R\n\nFROM $R/other')).toThrow(
      expect.objectContaining({ code: 'reference-invalid', where: 'app/Dockerfile:3' }),
    );
    expect(() => link('FROM Base')).toThrow(expect.objectContaining({ code: 'reference-invalid' }));
  });
});
