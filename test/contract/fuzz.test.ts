import { describe, expect, it } from '@jest/globals';
import { failureText, runTarget } from '../support/fuzz/run-target.ts';
import { targets } from '../support/fuzz/targets.ts';

const seed = 20_261_121;
const count = 5000;

describe('whatever it is given', () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    'the reader of %s keeps its laws',
    async (name, target) => {
      const { done, failure } = await runTarget(target, { count, seed });
      if (failure !== undefined) {
        throw new Error(`${failureText(failure)}\nagain:   script/fuzz ${name} --seed ${seed} --count ${count}`);
      }
      expect(done).toBe(count);
    },
    60_000,
  );
});

describe('a run of inputs', () => {
  const numbers = targets.slice(0, 1).map(({ inputs }) => inputs);

  it('ends with the smallest input that breaks a law', async () => {
    const target = {
      name: 'short texts',
      inputs: numbers[0] ?? fail(),
      check(text: string) {
        if (text.length > 3) throw new Error('it is long');
      },
    };
    const { failure } = await runTarget(target, { count: 500, seed });
    expect(failure?.input).toHaveLength(4);
    expect(failure?.message).toContain('it is long');
  });
});

function fail(): never {
  throw new Error('there is no target');
}
