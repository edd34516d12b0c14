import type { CheckTool, Finding } from '../../domain/finding.ts';

/** Reads the output of one tool line by line; whatever the lines are, it never throws. */
export interface FindingReader {
  line(text: string): void;
  /** What was found; called once, after the last line. */
  end(): readonly Finding[];
}

const mostFindings = 1000;

/** Findings up to a number at which nobody looks any more. */
export class FindingList {
  readonly #tool: CheckTool;
  readonly #findings: Finding[] = [];

  constructor(tool: CheckTool) {
    this.#tool = tool;
  }

  /** Adds one; numbers are as they were written, and those that no file can have are left out. */
  add(finding: {
    readonly file: string;
    readonly line?: string;
    readonly column?: string;
    readonly text: string;
  }): void {
    if (this.#findings.length >= mostFindings) return;
    const line = numberIn(finding.line);
    const column = line === undefined ? undefined : numberIn(finding.column);
    this.#findings.push({
      tool: this.#tool,
      file: finding.file,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      text: finding.text,
    });
  }

  get all(): readonly Finding[] {
    return this.#findings;
  }
}

/** A line of a file; an index of no file is no number. */
function numberIn(text: string | undefined): number | undefined {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
