import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redactor } from '../../../src/domain/redactor.ts';

const secret = 'p@ss/w+rd "ü" 100%';

function clean(text: string, ...secrets: readonly string[]): string {
  const redactor = new Redactor();
  for (const one of secrets) redactor.add(one);
  return redactor.clean(text);
}

describe('a redactor', () => {
  it.each([
    ['as it is', (text: string) => text],
    ['in an address', encodeURIComponent],
    ['in a form', (text: string) => new URLSearchParams({ text }).toString().slice(5)],
    ['in JSON', (text: string) => JSON.stringify({ text })],
    ['in base64', (text: string) => Buffer.from(text).toString('base64')],
    ['in base64 for addresses', (text: string) => Buffer.from(text).toString('base64url')],
    ['behind a user name in base64', (text: string) => Buffer.from(`u:${text}`).toString('base64')],
    ['behind a longer one', (text: string) => Buffer.from(`us:${text}`).toString('base64')],
    ['between other texts in base64', (text: string) => Buffer.from(`usr:${text}:tail`).toString('base64')],
  ])('covers a secret %s', (_, form) => {
    const covered = clean(`before ${form(secret)} after`, secret);
    expect(covered).toContain('***');
    for (const trace of ['w+rd', 'w%2Brd', Buffer.from('w+rd "').toString('base64').slice(0, 6)]) {
      expect(covered).not.toContain(trace);
    }
  });

  it.each([
    ['p@ss/w+rd<&>~!', 'p%40ss%2fw%2brd%3c%26%3e%7e%21'],
    ['p@ss/w+rd<&>~!', 'p@ss%2Fw+rd%3C&%3e~%21'],
    ['p@ss/w+rd<&>~!', 'p@ss/w+rd\\u003c\\u0026\\u003E~!'],
    ['p@ss/w+rd<&>~!', 'p@ss\\/w+rd<&>~!'],
    ['p@ss/w+rd<&>~!', 'p@ss&#x2F;w+rd&lt;&amp;&#62;~!'],
    ['wörd ☃ 😀', 'w\\u00f6rd \\u2603 \\uD83D\\ude00'],
    ['wörd ☃ 😀', 'w%c3%B6rd+%E2%98%83%20%f0%9f%98%80'],
    ['abc1', '\\u0061\\u0062c\\u0031'],
    ['abc1', '%61b%63%31'],
    ['100% of "it"', '100% of &quot;it&quot;'],
    ['tab\tand\\back', 'tab\\tand\\\\back'],
  ])('T19 covers %j as other writers escape it: %s', (one, escaped) => {
    expect(clean(`[${escaped}]`, one)).toMatch(/^\[(?:\*{3})\]$/);
  });

  it.each(['\\'.repeat(60), '%'.repeat(60), '%25'.repeat(60), '&amp;'.repeat(60), '+ '.repeat(60)])(
    'T19 is through soon with a secret of one sign again and again: %s',
    (one) => {
      const text = one.repeat(50);
      expect(clean(`${text}`, `${one}!`)).toBe(text);
    },
  );

  it('covers every line of a secret of several lines', () => {
    expect(clean('| first line\n| second line', 'first line\nsecond line')).toBe('| ***\n| ***');
  });

  it('covers the longer of two secrets that begin alike', () => {
    expect(clean('hunter2hunter3', 'hunter2', 'hunter2hunter3')).toBe('***');
  });

  it('leaves texts alone that are too short to be secrets', () => {
    expect(clean('a ab abc', 'a', 'ab')).toBe('a ab abc');
  });

  it('never fails, and never leaves a secret in', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(text, text, text, (before, hidden, after) => {
        fc.pre(hidden.length >= 3 && !hidden.includes('*'));
        expect(clean(before + hidden + after, hidden)).not.toContain(hidden);
      }),
    );
  });
});
