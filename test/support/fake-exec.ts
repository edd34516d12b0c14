import type { Exec, ExecOptions, ExecResult } from '../../src/ports/exec.ts';

/** A program that a test expects, and what it leaves. */
export interface ScriptedProgram {
  readonly program: string;
  /** The whole argument list, or a question about it; without it, any. */
  readonly args?: readonly string[] | ((args: readonly string[]) => boolean);
  readonly result:
    | Partial<ExecResult>
    | Error
    | ((call: ExecCall) => Partial<ExecResult> | Promise<Partial<ExecResult>>);
  /** It may run only once; the next call goes to the next entry. */
  readonly once?: boolean;
}

/** A program that was run. */
export interface ExecCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly options: ExecOptions;
}

/** Runs nothing, and answers as scripted; a program that is in no script throws by its name. */
export function scriptedExec(script: readonly ScriptedProgram[]): Exec & { readonly calls: readonly ExecCall[] } {
  const left = [...script];
  const calls: ExecCall[] = [];
  return {
    calls,
    async run(program, args, options = {}) {
      const call = { program, args, options };
      calls.push(call);
      const entry = left.find((candidate) => candidate.program === program && matches(candidate.args, args));
      if (entry === undefined) throw new Error(`unscripted program: ${[program, ...args].join(' ')}`);
      if (entry.once) left.splice(left.indexOf(entry), 1);
      if (entry.result instanceof Error) throw entry.result;
      const given = typeof entry.result === 'function' ? await entry.result(call) : entry.result;
      const result = { exitCode: 0, stdout: '', stderr: '', ...given };
      tellLines(result, options);
      return result;
    },
  };
}

function matches(expected: ScriptedProgram['args'], args: readonly string[]): boolean {
  if (expected === undefined) return true;
  if (typeof expected === 'function') return expected(args);
  return expected.length === args.length && expected.every((argument, at) => argument === args[at]);
}

function tellLines(result: ExecResult, options: ExecOptions): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const text = result[stream].replace(/\r?\n$/, '');
    if (text !== '') for (const line of text.split(/\r?\n/)) options.onLine?.(line, stream);
  }
}
