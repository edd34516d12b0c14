import fc from 'fast-check';
import { isDigest, parseDigest } from '../../../src/domain/digest.ts';
import { SlipwayError } from '../../../src/domain/errors.ts';
import {
  hostOf,
  isRepository,
  isTag,
  parseImageRef,
  parseRepository,
  parseTag,
  pathOf,
  refText,
} from '../../../src/domain/image-ref.ts';
import { shownText } from '../../../src/domain/shown-text.ts';
import { must, mustEqual, resultOf, type Target } from './target.ts';
import { textInputs } from './text-inputs.ts';

const hex = '0123456789abcdef'.repeat(4);
const hosts = [
  '',
  'ghcr.io/',
  'GHCR.io:443/',
  'docker.io/',
  'index.docker.io/',
  'localhost:5000/',
  '127.0.0.1/',
  '[::1]:80/',
  '[2001:DB8::1]/',
  'registry:443/',
  'App/',
  '127.1/',
  'xn--a/',
  'a.0x1/',
  'a-.io/',
  ':1/',
];
const separator = fc.constantFrom('.', '_', '__', '-', '---', '/', '/', '___', '..', '//', '-_');
const path = fc.array(fc.tuple(fc.stringMatching(/^[a-z0-9]{1,6}$/), separator), { minLength: 1, maxLength: 5 });
const nearValid = fc
  .tuple(
    fc.constantFrom(...hosts),
    path,
    fc.constantFrom('', ':1.2', ':_x-', ':', ':-a'),
    fc.constantFrom('', '', `@sha256:${hex}`, `@sha512:${hex}${hex}`, '@sha256:0'),
  )
  .map(([host, parts, tag, digest]) => `${host}${parts.flat().slice(0, -1).join('')}${tag}${digest}`);

/** References, repositories, tags and digests as people write them. */
export const references: Target = {
  name: 'references',
  inputs: textInputs({
    mostCharacters: 1024 * 1024,
    nearValid,
    seeds: [
      'busybox',
      'acme/app:1.2',
      'ghcr.io/acme/app__x/y--z:v1.2.3-rc.1',
      'localhost:5000/a@sha512:'.concat(hex, hex),
      `[::1]:5000/app:1@sha256:${hex}`,
      'registry-1.docker.io:443/library/busybox:latest',
      `sha256:${hex}`,
    ],
    words: [
      ...hosts,
      'a',
      'A',
      '.',
      '-',
      '_',
      '/',
      ':',
      '@',
      'sha256:',
      'sha512:',
      hex,
      ':443',
      ':65536',
      'https://',
      'user:secret@',
      'xn--',
      '0x7f',
      'localhost',
    ],
  }),
  check(text) {
    checkReference(text);
    const repository = resultOf(() => parseRepository(text, 'fuzz'));
    if (repository !== undefined)
      mustEqual(parseRepository(repository, 'fuzz'), repository, 'a repository is its own spelling');
    if (isRepository(text)) mustEqual(repository, text, 'a canonical repository is read as itself');
    const tag = refusedWell(text, () => parseTag(text, 'fuzz'));
    must((tag === text) === isTag(text) && (tag === undefined || isTag(text)), 'a tag is read as itself');
    const digest = refusedWell(text, () => parseDigest(text, 'fuzz'));
    must(
      (digest === text) === isDigest(text) && (digest === undefined || isDigest(text)),
      'a digest is read as itself',
    );
  },
};

function checkReference(text: string): void {
  const ref = refusedWell(text, () => parseImageRef(text, 'fuzz'));
  if (ref === undefined) return;
  mustEqual(parseImageRef(refText(ref), 'fuzz'), ref, 'a printed reference is read as the same');
  must(isRepository(ref.repository), 'the repository is canonical');
  const [host, path] = [hostOf(ref.repository), pathOf(ref.repository)];
  const rest = `/v2/${path}/manifests/${ref.digest ?? ref.tag ?? 'latest'}`;
  const url = new URL(`https://${host}${rest}`);
  must(url.host === host || `${url.host}:443` === host, 'the address keeps the host');
  must(
    url.pathname === rest && url.search === '' && url.hash === '' && url.username === '',
    'the address keeps the path',
  );
  // Dots in a row are fine inside a tag: what no part of the path may be is empty, `.`, `..` or hidden.
  const parts = rest.slice(1).split('/');
  must(
    parts.every((part) => /^\w[\w.:-]*$/.test(part)),
    'each part of the path is plain',
  );
  must(!path.includes('..'), 'the repository has no dots in a row');
  must(path.length <= 255 && (ref.tag?.length ?? 1) <= 128, 'names are not too long');
}

/** The law of refusals: an error shows nothing raw, and a character that it blames is at its place. */
function refusedWell<T>(text: string, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    must(error.exitCode === 2, 'a refusal is the fault of the author');
    must(!/[\p{C}\p{DI}]/u.test(error.what + error.next), 'a refusal shows every character');
    const whole = shownText(text);
    if (!error.what.startsWith(whole)) return undefined;
    const [, plain, code, place] =
      /(?:"([\s\S]+)"|\\u\{([0-9a-f]+)\})(?: \([^()]+\))? at character (\d+)/u.exec(error.what.slice(whole.length)) ??
      [];
    if (place === undefined) return undefined;
    const blamed = plain ?? String.fromCodePoint(Number.parseInt(code ?? '', 16));
    if (text.length < 10_000)
      must([...text][Number(place) - 1] === blamed, `the blamed character is at its place: ${error.what.slice(-200)}`);
    return undefined;
  }
}
