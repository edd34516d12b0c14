import { describe, expect, it } from '@jest/globals';
import { type Platform, parsePlatform } from '../../../src/domain/platform.ts';
import { parseDockerfile } from '../../../src/formats/dockerfile.ts';

const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatform);

interface Options {
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly builderPlatform?: Platform;
}

function facts(text: string, { buildArgs = {}, target, builderPlatform }: Options = {}) {
  return parseDockerfile(text, { file: 'Dockerfile', buildArgs, target: target ?? null, platforms, builderPlatform });
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
    ['comments and empty lines in a continuation', 'FROM \\\n# FROM x\n\n  a \\\n # y\n AS z\nFROM z', ['a']],
    ['a comment that ends like a continuation', 'FROM a\n# x \\\nFROM b', ['b']],
    ['two escapes at the end of a line', 'FROM a\nRUN echo \\\\\nFROM b', ['b']],
    ['a continuation with blanks behind it', 'FROM a\nRUN x \\ \t\nFROM c\nCOPY --from=b f f', ['a', 'b']],
    ['an escape directive behind another', '# syntax=x\n#escape = `\nFROM a\nRUN c:\\\nCOPY --from=b f f', ['a', 'b']],
    ['an escape directive that comes too late', '# c\n# escape=`\nFROM \\\na', ['a']],
    ['tabs', '\tFROM\ta\tAS\tx\n\tCOPY\t--from=b\tf f', ['a', 'b']],
    ['a flag in quotes', 'FROM a\nCOPY --from="b" f f', ['a', 'b']],
    ['a flag over two lines', 'FROM a\nCOPY --chown=1:1 \\\n --from=b f f', ['a', 'b']],
    ['an empty --from, which is the context', 'FROM a\nCOPY --from= f f', ['a']],
    ['a COPY from scratch', 'FROM a\nCOPY --from=scratch f f', ['a']],
    ['a number in a FROM, which is a name', 'FROM a\nFROM 0', ['0']],
    ['a number in a mount, which is a name', 'FROM a\nFROM b\nRUN --mount=from=0,target=/x ls', ['b', '0']],
    ['an ADD, which takes from no image', 'FROM a\nADD --from=b f f\nADD https://c.test/d e', ['a']],
    ['a mount with a type', 'FROM a\nRUN --mount=target=/x,type=cache,from=b,id=c ls', ['a', 'b']],
    ['a mount whose names are in upper case', 'FROM a\nRUN --mount=Type=bind,From=b,Target=/x ls', ['a', 'b']],
    ['a mount with quotes', 'FROM a\nRUN --mount=type=bind,"from=b",target=/x ls', ['a', 'b']],
    ['a mount that names two', 'FROM a\nRUN --mount=from=b,from=c,target=/x ls', ['a', 'c']],
    ['a secret and a cache', 'FROM a\nRUN --mount=type=secret,id=x --mount=type=cache,target=/c ls', ['a']],
    ['a stage that comes later', 'FROM a\nCOPY --from=x f f\nFROM b AS x\nFROM scratch\nCOPY --from=0 f f', ['a', 'b']],
    ['an ONBUILD that nobody triggers', 'FROM a\nONBUILD COPY --from=b f f', ['a']],
    ['an ONBUILD of the stage below', 'FROM a AS x\nONBUILD COPY --from=b f f\nFROM x', ['a', 'b']],
    ['an ONBUILD two stages below', 'FROM a AS x\nONBUILD COPY --from=b f f\nFROM x AS y\nFROM y', ['a', 'b']],
    [
      'an ONBUILD of a stage that is only copied from',
      'FROM a AS x\nONBUILD COPY --from=b f f\nFROM c\nCOPY --from=x f f',
      ['c', 'a'],
    ],
    ['a heredoc in an ONBUILD', 'FROM a\nONBUILD RUN <<E\nFROM b\nE\nCOPY --from=c f f', ['a', 'c']],
    ['a heredoc with tabs', 'FROM a\nRUN <<-E\n\tFROM b\n\tE\nCOPY --from=c f f', ['a', 'c']],
    ['a heredoc whose end is indented', 'FROM a\nRUN <<E\n E\nFROM b\nE\nCOPY --from=c f f', ['a', 'c']],
    ['a heredoc in quotes', 'FROM a\nRUN <<"E F" cat\nFROM b\nE F\nCOPY --from=c f f', ['a', 'c']],
    ['a heredoc of another descriptor', 'FROM a\nRUN 3<<E cat\nFROM b\nE\nCOPY --from=c f f', ['a', 'c']],
    ['a heredoc behind a mount', 'FROM a\nRUN --mount=from=b,target=/b <<E\nFROM c\nE', ['a', 'b']],
    ['a heredoc behind a continuation', 'FROM a\nRUN x && \\\n cat <<E\nFROM b\nE\nCOPY --from=c f f', ['a', 'c']],
    ['two heredocs', 'FROM a\nCOPY <<A <<B /x/\nFROM b\nA\nFROM c\nB\nCOPY --from=d f f', ['a', 'd']],
    ['a heredoc that holds a continuation', 'FROM a\nRUN <<E\nx \\\nE\nCOPY --from=c f f', ['a', 'c']],
    ['a heredoc and CRLF', 'FROM a\r\nRUN <<E\r\nFROM b\r\nE\r\nCOPY --from=c f f\r\n', ['a', 'c']],
    ['two signs in quotes, which are no heredoc', 'FROM a\nRUN echo "<<E"\nFROM b', ['b']],
    ['a text that the shell is fed, which is no heredoc', 'FROM a\nRUN cat <<<E\nFROM b', ['b']],
    ['a shift, which is no heredoc', 'FROM a\nRUN echo $((1<<3))\nFROM b', ['b']],
    ['a label with two signs', 'FROM a\nLABEL x=<<E\nFROM b', ['b']],
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
    ['nested defaults', 'ARG A=1\nARG B=x${A}\nARG C=${B}-${A}\nFROM y:$C', {}, ['y:x1-1']],
    ['a default made of a given one', 'ARG A=1\nARG B=x${A}\nFROM y:$B', { A: '2' }, ['y:x2']],
    ['a default made of one that comes later', 'ARG B=x${A}\nARG A=1\nFROM y:$B', {}, ['y:x']],
    ['an ARG that is declared again', 'ARG A=1\nARG A=2\nFROM y:$A', {}, ['y:2']],
    ['an ARG that is declared again without a default', 'ARG A=1\nARG A\nFROM y:$A', {}, ['y:1']],
    ['a default in single quotes, which stays as it is', "ARG A=1\nARG B='$A'\nFROM y:x${B#?}", {}, ['y:xA']],
    ['a given value with a sign, which stays as it is', 'ARG A=1\nARG B\nFROM y:${B#$}', { B: '$A' }, ['y:A']],
    ['an empty given value', 'ARG A=1\nFROM y:${A:-2}', { A: '' }, ['y:2']],
    ['a word that stands in for none', 'ARG A\nFROM y${A:+:$A}', {}, ['y']],
    ['a pattern', 'ARG V=3.20.1\nFROM y:${V%.*}', {}, ['y:3.20']],
    ['an ARG over two lines', 'ARG A=1 \\\n  B=2\nFROM y:$A.$B', {}, ['y:1.2']],
    ['a stage, which FROM does not see', 'FROM a AS x\nARG V=1\nENV W=2\nFROM b:${V:-3}$W', {}, ['b:3']],
    ['the target', 'FROM a AS x\nFROM b-$TARGETSTAGE AS y', {}, ['b-y']],
    ['no target', 'FROM b-$TARGETSTAGE', {}, ['b-default']],
    ['a name that every object has', 'ARG constructor\nFROM b${constructor}', {}, ['b']],
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
    expect(facts(text).bases.map(({ reference, line }) => [reference, line])).toEqual([
      ['alpine:1', 4],
      ['busybox', 7],
    ]);
  });

  it.each<[string, string, Record<string, readonly string[]>]>([
    ['all that are built', 'FROM a', { a: ['linux/amd64', 'linux/arm64'] }],
    ['one by its name', 'FROM a-$TARGETARCH', { 'a-amd64': ['linux/amd64'], 'a-arm64': ['linux/arm64'] }],
    ['one that is said', 'FROM --platform=linux/arm/v7 a', { a: ['linux/arm/v7'] }],
    ['one that is said by its architecture', 'FROM --platform=arm64 a', { a: ['linux/arm64'] }],
    ['the target', 'FROM --platform=$TARGETPLATFORM a', { a: ['linux/amd64', 'linux/arm64'] }],
    ['the builder', 'FROM --platform=$BUILDPLATFORM a', { a: [] }],
    ['an ARG', 'ARG P=linux/s390x\nFROM --platform=${P} a', { a: ['linux/s390x'] }],
    [
      'two stages',
      'FROM --platform=linux/s390x a AS x\nFROM a\nCOPY --from=x f f',
      { a: ['linux/amd64', 'linux/s390x', 'linux/arm64'] },
    ],
  ])('are needed on the platforms of %s', (_, text, expected) => {
    const found = facts(text).bases.map(({ reference, platforms: on }) => [reference, on]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('take the platform of the builder where it is known', () => {
    const text = 'FROM --platform=$BUILDPLATFORM tool-$BUILDARCH AS x\nFROM a\nCOPY --from=x f f';
    const found = facts(text, { builderPlatform: parsePlatform('linux/s390x') }).bases;
    expect(found[1]).toMatchObject({ reference: 'tool-s390x', platforms: ['linux/s390x'], unset: [] });
    expect(facts(text).bases[1]).toMatchObject({ reference: 'tool-', platforms: [], unset: ['BUILDARCH'] });
  });

  it.each<[string, string, Record<string, string>, boolean, string]>([
    ['nothing but text', 'FROM ghcr.io/acme/base:1', {}, false, 'ghcr.io/acme/base'],
    ['a tag', 'ARG T=1\nFROM ghcr.io/acme/base:$T', {}, false, 'ghcr.io/acme/base'],
    ['a prefix with a default', 'ARG R=ghcr.io/acme\nFROM $R/base:1', {}, true, 'base'],
    ['a prefix with a word for none', 'ARG R\nFROM ${R:-ghcr.io/acme}/base', {}, true, 'base'],
    ['a given prefix', 'ARG R\nFROM $R/base:1', { R: 'localhost:5000/x' }, true, 'base'],
    ['a prefix without a value', 'ARG R\nFROM $R/base:1', {}, true, 'base'],
    ['a prefix with its slash', 'ARG P=ghcr.io/acme/\nFROM ${P}base', {}, true, 'base'],
    ['such a prefix without a value', 'ARG P\nFROM ${P}base', {}, true, 'base'],
    ['a prefix and a tag without values', 'ARG P\nFROM ${P}/base:${T}', {}, true, 'base'],
    ['a host', 'ARG H=docker.io\nFROM $H/library/python:3', {}, true, 'library/python'],
    ['an owner', 'ARG O=me\nFROM ghcr.io/$O/base', {}, true, 'base'],
    ['a prefix and a name', 'ARG R=ghcr.io/acme\nARG N=base\nFROM $R/$N', {}, true, 'base'],
    ['a prefix and a part of the name', 'ARG R=ghcr.io/acme\nARG N=se\nFROM $R/ba$N', {}, true, 'base'],
    ['the whole', 'ARG B=ghcr.io/acme/base:1\nFROM $B', {}, false, 'ghcr.io/acme/base'],
    ['the given whole', 'ARG B\nFROM $B', { B: 'ghcr.io/acme/base:1' }, false, 'ghcr.io/acme/base'],
    ['the whole, itself made of two', 'ARG R=quay.io\nARG O=acme\nARG B=$R/$O/base\nFROM $B:1', {}, true, 'base'],
    ['the beginning of a name without a prefix', 'ARG P=my-\nFROM ${P}base', {}, false, 'my-base'],
  ])('say which part of the name comes from elsewhere with %s', (_, text, buildArgs, fromVariable, fixedEnd) => {
    expect(facts(text, { buildArgs }).bases).toMatchObject([{ fromVariable, fixedEnd }]);
  });
});

describe('a Dockerfile is refused', () => {
  it('without any FROM', () => {
    expect(() => facts('RUN true')).toThrow(
      expect.objectContaining({ code: 'dockerfile-invalid', where: { file: 'Dockerfile', line: 1 } }),
    );
  });

  it('without the stage of the target, and the stages are named', () => {
    expect(() => facts('FROM a AS x\nFROM b AS y', { target: 'z' })).toThrow(
      expect.objectContaining({ code: 'dockerfile-no-target', next: 'choose one of: x, y' }),
    );
  });

  it.each([
    ['a COPY from a variable', 'ARG X=b\nFROM a\nCOPY --from=$X f f', 'dockerfile-variable-invalid', 3],
    [
      'a mount from a variable',
      'FROM a\nARG X=b\nRUN --mount=from=${X},target=/x ls',
      'dockerfile-variable-invalid',
      3,
    ],
    ['a stage number that is too high', 'FROM a\n\nCOPY --from=1 f f', 'dockerfile-no-stage', 3],
    ['a variable that is not closed', 'FROM a\nFROM ${B', 'dockerfile-variable-invalid', 2],
    ['a rule that nobody knows', 'ARG A=1\nARG B=${A!x}\nFROM a', 'dockerfile-variable-invalid', 2],
    ['an argument that must be given', 'ARG A\nFROM a:${A:?say which}', 'dockerfile-variable-invalid', 2],
    ['no platform', 'FROM --platform=linux/x/y/z a', 'platform-invalid', 1],
  ])('with %s', (_, text, code, line) => {
    expect(() => facts(text)).toThrow(expect.objectContaining({ code, where: { file: 'Dockerfile', line } }));
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
