import { describe, expect, it } from '@jest/globals';
import { familyOf, isAlive, parseStat, statOf } from '../../../script/commands/lab/process-identity.ts';

const FIELDS_AFTER_PARENT = '17 17 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0';

describe('the identity of a process', () => {
  it('is read past a name with blanks and brackets', () => {
    expect(parseStat(`4711 (a) b (c) S 17 ${FIELDS_AFTER_PARENT} 158804 1234 99\n`)).toEqual({
      pid: 4711,
      state: 'S',
      parent: 17,
      startTime: '158804',
    });
  });

  it.each(['', '12 (short) S 1 2 3'])('is nothing for %j', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });

  it('does not match a recycled pid', () => {
    const own = statOf(process.pid);
    expect(own).toBeDefined();
    expect(isAlive({ pid: process.pid, startTime: own?.startTime ?? '' })).toBe(true);
    expect(isAlive({ pid: process.pid, startTime: '1' })).toBe(false);
  });

  it('lists a family with children first', () => {
    const member = (pid: number, parent: number) => ({ pid, parent, state: 'S', startTime: '1' });
    const all = [member(1, 0), member(2, 1), member(3, 2), member(4, 1), member(9, 0)];
    expect(familyOf(member(1, 0), all).map(({ pid }) => pid)).toEqual([3, 2, 4, 1]);
  });
});
