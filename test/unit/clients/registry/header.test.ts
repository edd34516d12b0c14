import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseChallenges } from '../../../../src/clients/registry/challenge.ts';
import { nextPage, parseLinks } from '../../../../src/clients/registry/link-header.ts';
import { mergeScopes } from '../../../../src/clients/registry/scope.ts';

const tokenChars = [..."!#$%&'*+.^_`|~-0123456789abcdefghijklmnopqrstuvwxyzABCXYZ"];
const word = fc.string({ unit: fc.constantFrom(...tokenChars), minLength: 1, maxLength: 12 });
const text = fc.string({ unit: fc.constantFrom(...'abc ,;="\\<>/:é', '\t'), maxLength: 20 });
const quote = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`;
const plain = (header: string) => parseChallenges(header).map((c) => [c.scheme, Object.fromEntries(c.parameters)]);

describe('parseChallenges', () => {
  it.each([
    [
      'Bearer realm="https://a/t",service="s",scope="repository:x:pull,push"',
      [['bearer', { realm: 'https://a/t', service: 's', scope: 'repository:x:pull,push' }]],
    ],
    ['Basic realm="Registry Realm"', [['basic', { realm: 'Registry Realm' }]]],
    [
      'Basic realm="a", Bearer realm="b", service=s',
      [
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b', service: 's' }],
      ],
    ],
    [
      'Negotiate, Basic realm="a"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'a' }],
      ],
    ],
    [
      'Negotiate dG9rZW4=, Basic realm="a"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'a' }],
      ],
    ],
    [
      'Digest realm="say \\"Bearer realm=x\\", please", nonce="\\\\"',
      [['digest', { realm: 'say "Bearer realm=x", please', nonce: '\\' }]],
    ],
    ['Bearer Realm = "a" , SERVICE = b', [['bearer', { realm: 'a', service: 'b' }]]],
    ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
    ['realm="nobody"', []],
    ['Bearer __proto__="x"', [['bearer', Object.fromEntries([['__proto__', 'x']])]]],
    ['', []],
    [',,,', []],
  ])('reads %s', (header, challenges) => {
    expect(plain(header)).toEqual(challenges);
  });

  it('reads back whatever was written by the grammar', () => {
    const parameters = fc.uniqueArray(
      fc.tuple(
        word.map((w) => w.toLowerCase()),
        text,
        fc.boolean(),
      ),
      {
        selector: ([name]) => name,
        minLength: 1,
        maxLength: 4,
      },
    );
    const challenges = fc.array(fc.tuple(word, parameters), { maxLength: 4 });
    fc.assert(
      fc.property(challenges, fc.constantFrom(',', ', ', ' , '), (written, comma) => {
        const header = written
          .map(([scheme, list]) => {
            const written = list.map(([name, value, spaced]) => `${name}${spaced ? ' = ' : '='}${quote(value)}`);
            return `${scheme} ${written.join(comma)}`;
          })
          .join(comma);
        const read = parseChallenges(header).map((c) => [c.scheme, [...c.parameters]]);
        expect(read).toEqual(written.map(([s, list]) => [s.toLowerCase(), list.map(([n, v]) => [n, v])]));
      }),
    );
  });

  it('ends on any text at all, with names in lower case', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), text, fc.string({ unit: 'binary' })), (header) => {
        for (const { scheme } of parseChallenges(header)) expect(scheme).toBe(scheme.toLowerCase());
      }),
    );
  });

  it('reads no more than a header may hold', () => {
    expect(parseChallenges(`${'x,'.repeat(5000)}Bearer realm="late"`).some(({ scheme }) => scheme === 'bearer')).toBe(
      false,
    );
  });
});

describe('parseLinks', () => {
  it.each([
    ['</v2/_catalog?n=1&last=a>; rel="next"', '/v2/_catalog?n=1&last=a'],
    ['</p>;rel=next', '/p'],
    ['</a>; rel="prev", </b>; title="x, y; <z>"; rel="next"', '/b'],
    ['</a>; rel="first NEXT"', '/a'],
    ['</a>; rel="prev"; rel="next"', undefined],
    ['</a>; title="rel=next"', undefined],
    ['</a>', undefined],
    ['garbage', undefined],
    ['', undefined],
  ])('finds the next page of %s', (header, target) => {
    expect(nextPage(header)).toBe(target);
  });

  it('reads back whatever was written by the grammar', () => {
    const target = fc.string({ unit: fc.constantFrom(...'abc/?&=,;"%'), maxLength: 15 });
    const relations = fc.array(
      word.map((w) => w.toLowerCase()),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(fc.array(fc.record({ target, relations, title: text }), { maxLength: 4 }), (links) => {
        const header = links
          .map((l) => `<${l.target}>; title=${quote(l.title)}; rel="${l.relations.join(' ')}"`)
          .join(', ');
        expect(parseLinks(header)).toEqual(links.map(({ target, relations }) => ({ target, relations })));
      }),
    );
  });

  it('ends on any text at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), text), (header) => {
        for (const { target } of parseLinks(header)) expect(header).toContain(`<${target}>`);
      }),
    );
  });
});

describe('mergeScopes', () => {
  it('joins the actions of one resource and sorts', () => {
    expect(mergeScopes(['repository:b:push,pull', 'repository:a:pull repository:b:delete', ''])).toEqual([
      'repository:a:pull',
      'repository:b:delete,pull,push',
    ]);
  });

  it('keeps a resource with a port apart from its actions', () => {
    expect(mergeScopes(['repository:host:5000/a:pull'])).toEqual(['repository:host:5000/a:pull']);
  });

  it('does not depend on order, and a second time changes nothing', () => {
    const scope = fc.tuple(fc.constantFrom('a', 'b', 'c:1'), fc.subarray(['pull', 'push', '*'], { minLength: 1 }));
    fc.assert(
      fc.property(fc.array(scope.map(([name, actions]) => `repository:${name}:${actions.join(',')}`)), (scopes) => {
        const merged = mergeScopes(scopes);
        expect(mergeScopes(merged)).toEqual(merged);
        expect(mergeScopes([...scopes].reverse())).toEqual(merged);
      }),
    );
  });
});
