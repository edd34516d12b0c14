/** Where a problem is: a file with its line, a reference, an input; in the reader's words. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** The four parts that every error says: what (with a code), where, in which state things are now, and what to do next. */
export interface ErrorParts {
  readonly code: string;
  readonly what: string;
  readonly where?: string | Place;
  readonly state: string;
  readonly next: string;
  readonly cause?: unknown;
}

/** The words of a place, as an editor's terminal makes a link of them. */
export function placeText(where: string | Place): string {
  if (typeof where === 'string') return where;
  return [where.file, where.line, where.line === undefined ? undefined : where.column]
    .filter((part) => part !== undefined)
    .join(':');
}

/** An expected failure with its four parts; anything thrown that is not one is our bug. */
export abstract class SlipwayError extends Error {
  abstract readonly exitCode: number;
  readonly code: string;
  readonly what: string;
  readonly where: string | Place | undefined;
  readonly state: string;
  readonly next: string;

  constructor(parts: ErrorParts) {
    super(`${parts.code}: ${parts.what}`, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = new.target.name;
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.state = parts.state;
    this.next = parts.next;
  }
}

/** The caller acts: a file, an input or an argument is wrong. */
export class ConfigError extends SlipwayError {
  readonly exitCode = 2;
}

/** How often something was tried, and how long was waited between the attempts. */
export interface Tries {
  readonly attempts: number;
  readonly waitedMs: number;
}

/** A registry or another remote answered badly or not at all. */
export class RemoteError extends SlipwayError {
  readonly exitCode = 3;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  readonly tries: Tries | undefined;
  /** The registry that this is about, where it is about one. */
  readonly host: string | undefined;

  constructor(
    parts: ErrorParts & { readonly status?: number; readonly tries?: Tries; readonly host?: string | undefined },
  ) {
    super(parts);
    this.status = parts.status;
    this.tries = parts.tries;
    this.host = parts.host;
  }
}

/** The words for how often something was tried: `6 tries, 71 s`. */
export function triesText({ attempts, waitedMs }: Tries): string {
  const tries = attempts === 1 ? '1 try' : `${attempts} tries`;
  return waitedMs < 500 ? tries : `${tries}, ${Math.round(waitedMs / 1000)} s`;
}

/** A tool that we started, or need, failed. */
export class ToolError extends SlipwayError {
  readonly exitCode = 4;
}

/** Slipway itself says no: tests failed, a mismatch, a policy. */
export class RefusedError extends SlipwayError {
  readonly exitCode = 1;
}

/** Someone asked us to stop. */
export class CancelledError extends SlipwayError {
  readonly exitCode = 130;
}

/** A release of which only a part is in place. */
export class PartialError extends SlipwayError {
  readonly exitCode = 5;
}

/** Exit code of our own bugs. */
export const bugExitCode = 70;
