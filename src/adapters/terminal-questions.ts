import { createInterface } from 'node:readline';
import type { Questions } from '../ports/questions.ts';

/** Where questions are asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Somebody asked us to stop: then nobody waits for an answer any more. */
  readonly cancelled: AbortSignal;
}

/** Asks line by line. The terminal keeps its own editing of lines, so that Ctrl-C is the signal that it always is. */
export function createTerminalQuestions({ input, output, cancelled }: Terminal): Questions & Disposable {
  const lines = createInterface({ input, terminal: false });
  const answers = lines[Symbol.asyncIterator]();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(cancelled.reason);
    if (cancelled.aborted) stop();
    else cancelled.addEventListener('abort', stop, { once: true });
  });
  // Nobody may be waiting when it comes.
  stopped.catch(() => undefined);
  return {
    async ask(question, usual) {
      output.write(usual === '' ? `${question} ` : `${question} [${usual}] `);
      const answer = await Promise.race([answers.next(), stopped]);
      const text = answer.done === true ? '' : answer.value.trim();
      // At the end of the input nobody pressed Enter.
      if (answer.done === true) output.write('\n');
      return text === '' ? usual : text;
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
