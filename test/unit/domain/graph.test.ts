import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { levelsOf, type Needs, withBases, withDependents } from '../../../src/domain/graph.ts';

const needs = (edges: Readonly<Record<string, readonly string[]>>): Needs => new Map(Object.entries(edges));
const diamond = needs({ top: ['left', 'right'], left: ['root'], right: ['root'], root: ['outside'], alone: [] });

/** Any graph without a circle: each key needs only ones of a smaller number; told in any order. */
const acyclic = fc
  .array(fc.array(fc.nat(20), { maxLength: 4 }), { maxLength: 20 })
  .map((rows) => rows.map((row, at) => [`k${at}`, row.filter((to) => to < at).map((to) => `k${to}`)] as const))
  .chain((rows) => fc.shuffledSubarray(rows, { minLength: rows.length }))
  .map((rows): Needs => new Map(rows));

describe('levels', () => {
  it('hold what can be built at the same time, in the order in which it was given', () => {
    expect(levelsOf(diamond)).toEqual([['root', 'alone'], ['left', 'right'], ['top']]);
  });

  it('are none where there is nothing', () => {
    expect(levelsOf(new Map())).toEqual([]);
  });

  it('put every key once, and each behind all that it needs', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const levels = levelsOf(graph);
        expect(levels.flat().sort()).toEqual([...graph.keys()].sort());
        const levelOf = (key: string) => levels.findIndex((level) => level.includes(key));
        for (const [key, bases] of graph) for (const base of bases) expect(levelOf(base)).toBeLessThan(levelOf(key));
      }),
    );
  });

  it('keep the given order, also where a later key was free first', () => {
    const graph = needs({ one: ['b'], other: ['a'], a: [], b: [] });
    expect(levelsOf(graph)).toEqual([
      ['a', 'b'],
      ['one', 'other'],
    ]);
  });

  it('count a base that is named twice as one', () => {
    expect(levelsOf(needs({ top: ['root', 'root'], root: [] }))).toEqual([['root'], ['top']]);
  });

  it.each([
    ['of two', { a: ['b'], b: ['a'] }, 'a → b → a'],
    ['of one', { a: ['a'] }, 'a → a'],
    ['beside another', { x: ['y', 'a'], y: [], a: ['y', 'b'], b: ['y', 'a'] }, 'a → b → a'],
    ['with something outside', { a: ['outside', 'b'], b: ['a'] }, 'a → b → a'],
    ['behind a chain', { x: ['a'], a: ['b'], b: ['c'], c: ['a'], fine: [] }, 'a → b → c → a'],
  ])('refuse a circle %s and name it', (_, edges, loop) => {
    expect(() => levelsOf(needs(edges))).toThrow(
      expect.objectContaining({ code: 'images-in-a-circle', what: expect.stringMatching(new RegExp(`: ${loop}$`)) }),
    );
  });
});

describe('the reach of a key', () => {
  it('to its dependents takes in the indirect ones', () => {
    expect([...withDependents(diamond, ['root'])].sort()).toEqual(['left', 'right', 'root', 'top']);
  });

  it('to its bases takes in the indirect ones', () => {
    expect([...withBases(diamond, ['left'])].sort()).toEqual(['left', 'outside', 'root']);
  });

  it('ends in a graph with a circle', () => {
    expect([...withDependents(needs({ a: ['b'], b: ['a'] }), ['a'])].sort()).toEqual(['a', 'b']);
  });

  it('is the same the second time', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const once = withDependents(graph, [...graph.keys()].slice(0, 2));
        expect(new Set(withDependents(graph, once))).toEqual(new Set(once));
      }),
    );
  });
});
