import { describe, expect, it } from '@jest/globals';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { parseDockerfile } from '../../../src/formats/dockerfile.ts';

const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatform);

interface Options {
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
}

function facts(text: string, { buildArgs = {}, target }: Options = {}) {
  return parseDockerfile(text, { file: 'Dockerfile', buildArgs, target: target ?? null, platforms });
}

const bases = (text: string, options?: Options) => facts(text, options).bases.map(({ reference }) => reference);

describe('the bases of a Dockerfile', () => {
  it.each<[string, string, string[]]>([
    ['one FROM', 'FROM alpine:3.20', ['alpine:3.20']],
    ['a keyword in lower case', 'from alpine as x', ['alpine']],
    ['a platform flag', 'FROM --platform=$BUILDPLATFORM golang:1 AS b', ['golang:1']],
    ['scratch', 'FROM scratch', []],
    ['a byte order mark and CRLF', '\uFEFF# c\r\nFROM alpine\r\nRUN x\r\n', ['alpine']],
    ['a comment before', '# FROM other\nFROM alpine', ['alpine']],
    ['a continuation', 'FROM \\\n  alpine \\\n  AS x', ['alpine']],
    ['an escape directive', '# escape=`\nFROM `\n  alpine', ['alpine']],
    ['a digest', `FROM alpine@sha256:${'a'.repeat(64)}`, [`alpine@sha256:${'a'.repeat(64)}`]],
    ['the stages behind the last', 'FROM a AS x\nFROM b AS y\nFROM x', ['a']],
    ['a stage name in other letters', 'FROM a AS Base\nFROM BASE', ['a']],
    ['a stage called like its image', 'FROM golang AS golang\nFROM golang', ['golang']],
    ['a COPY from a stage', 'FROM a AS x\nFROM b\nCOPY --from=x /f /f', ['b', 'a']],
    ['a COPY from an image', 'FROM b\nCOPY --link --from=ghcr.io/c/d:1 /f /f', ['b', 'ghcr.io/c/d:1']],
    ['a COPY from a number', 'FROM a\nFROM b\nCOPY --from=0 /f /f', ['b', 'a']],
    ['a mount from an image', 'FROM b\nRUN --mount=type=bind,from=c,target=/x ls', ['b', 'c']],
    ['a mount from a stage', 'FROM a AS x\nFROM b\nRUN --mount=from=x,target=/x ls', ['b', 'a']],
    [
      'two mounts over two lines',
      'FROM b\nRUN --mount=from=c,target=/c \\\n --mount=from=d,target=/d ls',
      ['b', 'c', 'd'],
    ],
    ['a flag of the command', 'FROM b\nRUN tool --from=x --mount=from=y', ['b']],
    ['a heredoc that speaks of FROM', 'FROM b\nRUN <<EOF\nFROM c\nCOPY --from=d x y\nEOF\n', ['b']],
    ['the name of the platform', 'FROM a-${TARGETARCH}', ['a-amd64', 'a-arm64']],
    ['a reference in quotes', 'FROM "a"', ['a']],
    ['a stage name that stands twice', 'FROM a AS x\nFROM b AS x\nFROM x', ['b']],
    ['the same image twice', 'FROM a AS x\nFROM a\nCOPY --from=x f f', ['a']],
  ])('are found with %s', (_, text, expected) => {
    expect(bases(text)).toEqual(expected);
  });

  it.each<[string, string, Record<string, string>, string[]]>([
    ['a default', 'ARG V=3\nFROM alpine:$V', {}, ['alpine:3']],
    ['an ARG with two names', 'ARG A=1 B=2\nFROM x:$A.$B', {}, ['x:1.2']],
    ['a default in quotes', 'ARG V="3.20"\nFROM alpine:${V}', {}, ['alpine:3.20']],
    ['a given value', 'ARG V=3\nFROM alpine:${V}', { V: '4' }, ['alpine:4']],
    ['a value for a bare ARG', 'ARG BASE\nFROM $BASE', { BASE: 'ghcr.io/a/b' }, ['ghcr.io/a/b']],
    ['a default of the reference', 'ARG V\nFROM alpine:${V:-edge}', {}, ['alpine:edge']],
    ['a default made of another', 'ARG A=1\nARG B=$A.2\nFROM x:$B', {}, ['x:1.2']],
    ['a given value no ARG asks for', 'FROM alpine:${V:-3}', { V: '4' }, ['alpine:3']],
    ['an ARG of a stage, which counts for no FROM', 'ARG V=1\nFROM a:$V\nARG V=2\nFROM b:$V', {}, ['b:1']],
  ])('take arguments from %s', (_, text, buildArgs, expected) => {
    expect(bases(text, { buildArgs })).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['dev', ['c', 'a']],
    ['DEV', ['c', 'a']],
    ['builder', ['a']],
  ])('are those that the target %s needs', (target, expected) => {
    const text = 'FROM a AS builder\nFROM b AS other\nFROM c AS dev\nCOPY --from=builder f f\nFROM d';
    expect(bases(text, { target })).toEqual(expected);
  });

  it('stand with the lines on which they are named', () => {
    const text = '# c\nARG V=1\n\nFROM alpine:$V\nRUN true \\\n  && true\nCOPY --from=busybox /bin/sh /bin/sh\n';
    expect(facts(text).bases).toEqual([
      { reference: 'alpine:1', line: 4 },
      { reference: 'busybox', line: 7 },
    ]);
  });
});

describe('a Dockerfile is refused', () => {
  it('without any FROM', () => {
    expect(() => facts('RUN true')).toThrow(
      expect.objectContaining({ code: 'dockerfile-invalid', where: { file: 'Dockerfile' } }),
    );
  });

  it('without the stage of the target, and the stages are named', () => {
    expect(() => facts('FROM a AS x\nFROM b AS y', { target: 'z' })).toThrow(
      expect.objectContaining({ code: 'dockerfile-no-target', next: 'choose one of: x, y' }),
    );
  });

  it('where a FROM names nothing, and the missing argument is named', () => {
    expect(() => facts('ARG BASE\nFROM $BASE')).toThrow(
      expect.objectContaining({
        code: 'dockerfile-no-base',
        where: { file: 'Dockerfile', line: 2 },
        next: expect.stringContaining('BASE'),
      }),
    );
  });
});
