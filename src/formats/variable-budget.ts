/** Steps that are left: values that are made of each other grow without end, and patterns try every place. */
export interface Budget {
  left: number;
}

/** More than any honest Dockerfile uses up. */
export const maxSteps = 500_000;

/** What all variables of a file may cost together. */
export function fullBudget(): Budget {
  return { left: maxSteps };
}

/** What a pattern costs; only what is to be replaced is looked for at every place. */
export function patternSteps(text: string, pattern: string, isReplaced: boolean): number {
  const tries = isReplaced ? text.length + 1 : 1;
  // A step of a pattern is a small one.
  return Math.ceil(((text.length + 1) * (pattern.length + 1) * tries) / 10);
}
