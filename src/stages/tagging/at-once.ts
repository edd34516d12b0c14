import { inParallel } from '../../store/parallel.ts';

/** More requests than a host takes at once, so that none waits; and few enough that a large set fits into memory. */
const most = 64;

/** Asks for each of many things, some at once; the answers are in the order of the questions. */
export async function forEach<T, R>(items: readonly T[], ask: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  await inParallel([...items.entries()], most, async ([index, item]) => {
    answers[index] = await ask(item, index);
  });
  return answers;
}

/** Asks each thing once: whoever wants to know it later, or meanwhile, gets the same answer. */
export class AskedOnce<T> {
  readonly #answers = new Map<string, Promise<T>>();

  ask(name: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const answer = ask();
    this.#answers.set(name, answer);
    return answer;
  }
}
