import { describe, expect, it } from '@jest/globals';
import { Leaving } from '../../../../src/stages/testing/leaving.ts';

describe('what leaves the engine', () => {
  it('is waited for at the end, and not before', async () => {
    const order: string[] = [];
    {
      await using leaving = new Leaving();
      leaving.add(Promise.resolve().then(() => void order.push('gone')));
      order.push('uploaded');
    }
    expect(order).toEqual(['uploaded', 'gone']);
  });

  it('says at the end that it could not go', async () => {
    const leaving = new Leaving();
    leaving.add(Promise.reject(new Error('it stays')));
    await new Promise((resolve) => setImmediate(resolve));
    await expect(leaving[Symbol.asyncDispose]()).rejects.toThrow('it stays');
  });
});
