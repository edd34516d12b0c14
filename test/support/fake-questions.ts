import type { Questions } from '../../src/ports/questions.ts';

/** Somebody who answers as scripted, by the beginning of the question; an empty answer is Enter alone. */
export function scriptedQuestions(
  answers: Readonly<Record<string, string>>,
): Questions & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    asked,
    async ask(question, usual) {
      asked.push(`${question} [${usual}]`);
      const [, answer] = Object.entries(answers).find(([start]) => question.startsWith(start)) ?? [];
      if (answer === undefined) throw new Error(`unscripted question: ${question}`);
      return answer === '' ? usual : answer;
    },
  };
}
