import fc from 'fast-check';
import { parsePlatform } from '../../../src/domain/platform.ts';
import { parseDockerfile } from '../../../src/formats/dockerfile.ts';
import { contextFilter } from '../../../src/formats/dockerignore.ts';
import { must, mustEqual, resultOf, type Target } from './target.ts';
import { textInputs } from './text-inputs.ts';

const lines = (words: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...words), { maxLength: 10 }).map((list) => list.join('\n'));

const platforms = ['linux/amd64', 'linux/arm/v7'].map(parsePlatform);
const dockerfileLines = [
  '# syntax=docker/dockerfile:1',
  '# escape=`',
  'ARG A=1',
  'ARG A',
  'ARG B=${A:-x}',
  'FROM busybox',
  'FROM a:$A AS one',
  'FROM --platform=$BUILDPLATFORM one AS two',
  'FROM ${B}',
  'FROM scratch',
  'COPY --from=one /a /b',
  'COPY --from=0 a b',
  'RUN --mount=type=bind,from=two,target=/x \\',
  '  true',
  'RUN <<EOF',
  'EOF',
  'ONBUILD RUN x',
  'LABEL a="b c" d=e',
  '',
];

/** Dockerfiles, for what they are built on. */
export const dockerfiles: Target = {
  name: 'dockerfile',
  inputs: textInputs({
    nearValid: lines(dockerfileLines),
    seeds: [
      dockerfileLines.join('\n'),
      'FROM busybox\n',
      'ARG V=1\nFROM a:${V} AS x\nRUN <<-E cat\nx\nE\nFROM x\nCOPY --from=ghcr.io/a/b:1 / /\n',
    ],
    words: [
      ...dockerfileLines,
      'FROM ',
      'ARG ',
      'COPY ',
      '--from=',
      'AS ',
      '${',
      '$A',
      ':-',
      '<<EOF',
      '\\\n',
      '\n',
      '"',
      "'",
      '#',
      'a',
    ],
    mostCharacters: 512,
  }),
  check(text) {
    for (const target of [null, 'one', '0']) {
      const facts = resultOf(() =>
        parseDockerfile(text, { file: 'Dockerfile', buildArgs: { A: 'given' }, target, platforms }),
      );
      if (facts === undefined) continue;
      const names = facts.bases.map(({ reference }) => reference);
      must(
        new Set(names).size === names.length && !names.includes('') && !names.includes('scratch'),
        'bases are named once',
      );
      const last = text.split(/\r\n|\n|\r/).length;
      must(
        facts.bases.every(({ line }) => line >= 1 && line <= last),
        'a base has a line of the file',
      );
    }
  },
};

const patterns = [
  '*',
  '**',
  '!a',
  'a',
  'a/**',
  '**/b',
  '!**/*.md',
  '*.md',
  '# x',
  '/a',
  'a/',
  './a',
  '../a',
  '[a-z]',
  '[^a]',
  '[',
  'a?',
  '\\*',
  ' a ',
  '',
];
const paths = ['a', 'a/b', 'a/b/c.md', '.git/config', 'a'.repeat(200), 'ü/😀', '-'];

/** Files that say what a build does not see. */
export const dockerignores: Target = {
  name: 'dockerignore',
  inputs: textInputs({
    nearValid: lines(patterns),
    seeds: [patterns.join('\n'), 'node_modules\n**/*.log\n!keep.log\n'],
    words: [...patterns, '/', '\n', '**/', '*a', '!', '[', ']', '-', '\\'],
    mostCharacters: 4096,
  }),
  check(text) {
    const isSeen = resultOf(() => contextFilter(text));
    if (isSeen === undefined) return;
    const first = paths.map((path) => isSeen(path));
    mustEqual(
      paths.map((path) => isSeen(path)),
      first,
      'the answer is always the same',
    );
    const again = contextFilter(`${text.replace(/^\ufeff/, '')}\n# nothing\n`);
    mustEqual(
      paths.map((path) => again(path)),
      first,
      'a comment says nothing',
    );
  },
};
