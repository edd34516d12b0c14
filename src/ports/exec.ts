/** How a program is to be run. */
export interface ExecOptions {
  readonly cwd?: string;
  /** The whole environment of the program; without it, ours without what belongs to the runner and to us. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** How long a program that was asked to end may take; then it is ended. Five seconds, if nothing is said. */
  readonly graceMs?: number;
  /**
   * It speaks with whoever speaks with us: it reads our input, a terminal too, and prints where we print. Nothing of that is
   * captured, and `stdin`, `timeoutMs` and `onLine` mean nothing then.
   */
  readonly attached?: boolean;
  /** Removes what we made, and so runs although someone asked us to stop. */
  readonly cleanup?: boolean;
  /** Gets each line as it is printed, without its line ending. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** What a program left. A program that was not found has exit code 127, one that ran out of time 124. */
export interface ExecResult {
  readonly exitCode: number;
  /** At most the last mebibyte of what was printed. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs: with an argument list, never through a shell, and without an exception for a non-zero exit. */
export interface Exec {
  run(program: string, args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}
