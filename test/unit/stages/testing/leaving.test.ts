import { describe, expect, it } from '@jest/globals';
import { Leaving } from '../../../../src/stages/testing/leaving.ts';

describe('what leaves the engine', () => {
  it('begins to go at once, and is waited for at the end', async () => {
    const order: string[] = [];
    {
      await using leaving = new Leaving();
      leaving.add(async () => {
        order.push('going');
        await Promise.resolve();
        order.push('gone');
      });
      order.push('uploaded');
    }
    expect(order).toEqual(['going', 'uploaded', 'gone']);
  });

  it('says at the end that it could not go', async () => {
    const leaving = new Leaving();
    leaving.add(() => Promise.reject(new Error('it stays')));
    await new Promise((resolve) => setImmediate(resolve));
    await expect(leaving[Symbol.asyncDispose]()).rejects.toThrow('it stays');
  });

  it.each([
    ['goes with the others where all broke off', false, ['first', 'second', 'third']],
    ['is left to somebody else where they say so', true, ['first', 'second']],
  ])('that is the newest, and held, %s', async (_, isLeft, expected) => {
    const gone: string[] = [];
    {
      await using leaving = new Leaving({ holdsNewest: true });
      for (const name of ['first', 'second', 'third']) leaving.add(async () => void gone.push(name));
      expect(gone).toEqual(['first', 'second']);
      if (isLeft) expect([leaving.leave(), leaving.leave()]).toEqual([true, false]);
    }
    expect(gone).toEqual(expected);
  });
});
