/** A text in a Dockerfile that goes on until a line with its name. */
export interface Heredoc {
  readonly name: string;
  /** `<<-`: tabs before the last line do not count. */
  readonly dropsTabs: boolean;
}

/** The heredocs that a RUN, COPY or ADD announces, in order. What stands in quotes announces none. */
export function heredocsIn(instruction: string): readonly Heredoc[] {
  if (!instruction.includes('<<')) return [];
  return shellWordsIn(instruction).flatMap((word) => {
    const [, dash, rest] = /^\d*<<(-?)\s*([^<]*)$/s.exec(word) ?? [];
    if (rest === undefined || rest === '') return [];
    const name = withoutQuotes(rest);
    return name === '' ? [] : [{ name, dropsTabs: dash === '-' }];
  });
}

/** Words as a shell cuts them, quotes kept. The name of a heredoc may stand apart from its sign. */
function shellWordsIn(text: string): readonly string[] {
  return text.match(/(?:<<[ \t\r]*|\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"\\])+/gs) ?? [];
}

function withoutQuotes(word: string): string {
  return word.replace(/\\(.)|'([^']*)'|"([^"]*)"/gs, (_, escaped, single, double) => escaped ?? single ?? double ?? '');
}
