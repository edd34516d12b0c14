export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** What a part of the tests came to. */
export interface Outcome {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

/** All parts as one. */
export function totalOf(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
  };
}

/** The line that continuous integration reads. */
export function summary({ passed, failures }: Outcome): string {
  return `${passed} passed, ${failures.length} failed`;
}

/** Every failure in full, so that the end of a long log says all. */
export function failureText({ failures }: Outcome): string {
  return failures.map(({ name, message }) => `\nFAILED ${name}\n${message.replaceAll(/^/gm, '  ')}\n`).join('');
}
