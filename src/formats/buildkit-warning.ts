import { z } from 'zod';

/** What a build check says, as BuildKit writes it: texts in base64. */
export const ProgressWarning = z.object({
  short: z.string(),
  url: z.string().optional(),
  range: z.array(z.object({ start: z.object({ line: z.number().int() }) })).nullish(),
});
export type ProgressWarning = z.infer<typeof ProgressWarning>;

/** What a build check found in a Dockerfile. */
export interface BuildWarning {
  readonly text: string;
  /** Where the check is explained. */
  readonly url: string;
  /** From 1. */
  readonly line: number | undefined;
}

const longestText = 300;

/** Reads one; the line stands beside the text, and so not in it. */
export function readWarning({ short, url = '', range }: ProgressWarning): BuildWarning {
  const text = decodedBase64(short).replace(/ \(line \d+\)$/, '');
  const line = range?.[0]?.start.line;
  return {
    text: text.slice(0, longestText),
    url: url.slice(0, longestText),
    line: line === undefined || line < 1 ? undefined : line,
  };
}

/** Text in base64; what is not in the form that BuildKit writes is shown as it came. */
export function decodedBase64(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  } catch {
    return base64;
  }
}

/** The line of the Dockerfile at which buildx says that a build failed: the head of the excerpt that it prints. */
export function failedLine(said: readonly string[]): number | undefined {
  const at = said.findLastIndex((line, index) => /:\d+$/.test(line) && /^-{8,}$/.test(said[index + 1] ?? ''));
  const number = Number(/:(\d{1,6})$/.exec(said[at] ?? '')?.[1] ?? 0);
  return number > 0 ? number : undefined;
}
