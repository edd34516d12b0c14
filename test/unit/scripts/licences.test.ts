import { describe, expect, it } from '@jest/globals';
import { withEachTextOnce } from '../../../script/commands/build/licences.ts';

describe('the licences of the bundle', () => {
  it('stand there once for all packages that have the same text, and no line is lost', () => {
    const mine = 'MIT License\n\nCopyright One\n\nPermission is hereby granted';
    const all = `@a/one\nMIT\n${mine}\n\nother\nISC\nCopyright Other\n\nthree.js\nMIT\n${mine}\n`;
    expect(withEachTextOnce(all)).toBe(`@a/one\nthree.js\nMIT\n${mine}\n\nother\nISC\nCopyright Other\n`);
  });

  it('of the same kind with other names are two', () => {
    const all = 'one\nMIT\nCopyright One\n\ntwo\nMIT\nCopyright Two\n';
    expect(withEachTextOnce(all)).toBe(all);
  });
});
