import fc from 'fast-check';
import { nextUrl, realmUrl } from '../../../src/clients/registry/address.ts';
import { parseChallenges } from '../../../src/clients/registry/challenge.ts';
import { maxHeaderLength } from '../../../src/clients/registry/header-text.ts';
import { nextPage, parseLinks } from '../../../src/clients/registry/link-header.ts';
import { httpDateMs, retryAfterMs } from '../../../src/domain/backoff.ts';
import { must, mustEqual, resultOf, type Target } from './target.ts';
import { textInputs } from './text-inputs.ts';

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const isToken = (text: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
const registry = new URL('https://registry.example/v2/');
const word = fc.constantFrom('Bearer', 'basic', 'realm', 'scope', 'x', 'rel', 'next', 'title');
const value = fc.oneof(
  word,
  fc.string({ unit: 'binary-ascii', maxLength: 12 }).map(quote),
  fc.constantFrom('"', '"\\', '=', 'a=='),
);
const pair = fc.tuple(word, fc.constantFrom('=', ' = ', '', '=='), value).map((parts) => parts.join(''));
const pairs = (between: string[]): fc.Arbitrary<string> =>
  fc.array(fc.tuple(pair, fc.constantFrom(...between)), { maxLength: 5 }).map((list) => list.flat().join(''));
const challenge = fc.tuple(word, fc.constantFrom(' ', ', ', ''), pairs([',', ', ', ' ']));
const link = fc.tuple(
  fc.constantFrom('<', ' <', ',<'),
  fc.webUrl(),
  fc.constantFrom('>', '>;', '> ; ', ''),
  pairs([';', '; ', ',']),
);

/** The header by which a registry asks for a sign-in, and the address in it. */
export const wwwAuthenticate: Target = {
  name: 'www-authenticate',
  inputs: textInputs({
    nearValid: fc.array(challenge, { maxLength: 4 }).map((list) => list.flat().join('')),
    seeds: [
      'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"',
      'Basic realm="x", Negotiate, Bearer realm="\\"y\\""',
      'Digest a=b, c="d\\\\"',
    ],
    words: ['Bearer ', 'realm=', '"', '\\"', '\\', ',', '=', ' = ', 'a', ' ', 'https://', 'Basic', '~', '/'],
  }),
  check(text) {
    const challenges = parseChallenges(text);
    for (const { scheme, parameters } of challenges) {
      must(scheme !== '' && !/[A-Z\s"]/.test(scheme), 'a scheme is a word in lower case');
      for (const name of parameters.keys())
        must(isToken(name) && !/[A-Z]/.test(name), 'a name is a token in lower case');
      const url = resultOf(() => realmUrl(parameters.get('realm') ?? '', registry, 'fuzz'));
      must(url === undefined || url.protocol === 'https:', 'a password stays in TLS');
    }
    const printed = challenges
      .map(
        ({ scheme, parameters }) =>
          `${scheme} ${[...parameters].map(([name, value]) => `${name}=${quote(value)}`).join(', ')}`,
      )
      .join(', ');
    if (printed.length > maxHeaderLength || !challenges.every(({ scheme }) => isToken(scheme))) return;
    const plain = (list: ReturnType<typeof parseChallenges>): unknown =>
      list.map((one) => [one.scheme, [...one.parameters]]);
    mustEqual(plain(parseChallenges(printed)), plain(challenges), 'printed challenges are read as the same');
  },
};

/** The header that names the next page, and the address in it. */
export const linkHeader: Target = {
  name: 'link',
  inputs: textInputs({
    nearValid: fc.array(link, { maxLength: 4 }).map((list) => list.flat().join('')),
    seeds: [
      '</v2/_catalog?n=1&last=a>; rel="next"',
      '<https://a.example/p>; title="x, y; <z>"; rel="prev next", </b>;rel=first',
      '</a>; a; b = c ; d="e\\"f"; REL=Next',
    ],
    words: ['<', '>', ';', ',', 'rel=', 'rel = ', 'next', '"', '\\"', '\\', ' ', 'a', '=', '; a', '; a="b"', '/v2/'],
  }),
  check(text) {
    const links = parseLinks(text);
    for (const { target, relations } of links) {
      must(text.includes(`<${target}>`), 'a target stands in the header');
      must(
        relations.every((one) => one !== '' && !/\s/.test(one) && one === one.toLowerCase()),
        'a relation is a word in lower case',
      );
    }
    const next = nextPage(text);
    mustEqual(
      next,
      links.find(({ relations }) => relations.includes('next'))?.target,
      'the next page is that of its link',
    );
    const url = resultOf(() => nextUrl(new URL('https://registry.example/v2/a/tags/list'), next, 'fuzz'));
    must(
      url === undefined || (url.protocol === 'https:' && url.username === '' && url.password === ''),
      'the next page stays in TLS',
    );
    const printed = links.map(({ target, relations }) => `<${target}>; rel=${quote(relations.join(' '))}`).join(', ');
    if (printed.length <= maxHeaderLength) mustEqual(parseLinks(printed), links, 'printed links are read as the same');
  },
};

/** The header that says when to come back. */
export const retryAfter: Target = {
  name: 'retry-after',
  inputs: textInputs({
    seeds: [
      '120',
      '0',
      'Fri, 31 Dec 1999 23:59:59 GMT',
      'Sat, 21 Nov 2026 12:00:30 GMT',
      '2026-11-21T12:00:30Z',
      ' 5 ',
    ],
    words: [
      '1',
      '999999999999999999999',
      'GMT',
      'Sat, ',
      '21 Nov 2026 ',
      '12:00:30',
      ':',
      '.5',
      'e9',
      '+0000',
      '(',
      ')',
      'Z',
      '275760-09-13',
    ],
  }),
  check(text) {
    const now = new Date('2026-11-21T12:00:00Z');
    for (const headers of [{ 'retry-after': text }, { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT', date: text }]) {
      const asked = retryAfterMs(headers, now);
      must(asked === undefined || (asked >= 0 && Number.isFinite(asked)), `a delay is never negative, as ${asked} is`);
    }
    if (/^\d{1,9}$/.test(text))
      mustEqual(retryAfterMs({ 'retry-after': text }, now), Number(text) * 1000, 'seconds are kept');
    const date = httpDateMs(text);
    if (date === undefined) return;
    must(!/^[\d.+-]/.test(text.trim()), 'a number is no date');
    mustEqual(httpDateMs(new Date(date).toUTCString()), date, 'a printed date is read as the same');
  },
};
