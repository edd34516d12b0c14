import { attempt, lastLines } from '../lab/command.ts';
import { ScriptError } from '../script.ts';

const keptLines = 15;

/** A folder that is under git, with the programs in it. */
export interface Checkout {
  readonly folder: string;
  /** What git answers, without the last line's end; a failure is a ScriptError with what git said. */
  git(...args: readonly string[]): Promise<string>;
  /** Whether git ends with 0. */
  holds(...args: readonly string[]): Promise<boolean>;
  /** Runs a script of the checkout, which must end with 0. */
  script(file: string, args: readonly string[], onFailure: string): Promise<void>;
}

/** The checkout in a folder. */
export function checkoutIn(folder: string, env: NodeJS.ProcessEnv = {}): Checkout {
  const git = (args: readonly string[]) => attempt('git', ['-C', folder, ...args], { env });
  return {
    folder,
    async git(...args) {
      const { exitCode, stdout, stderr } = await git(args);
      if (exitCode === 0) return stdout.trimEnd();
      throw new ScriptError(`git ${args.join(' ')} ended with ${exitCode}: ${lastLines(stderr, keptLines)}`);
    },
    async holds(...args) {
      return (await git(args)).exitCode === 0;
    },
    async script(file, args, onFailure) {
      const { exitCode, stdout, stderr } = await attempt(`${folder}/${file}`, args, { cwd: folder, env });
      if (exitCode !== 0) throw new ScriptError(`${onFailure}\n${lastLines(`${stdout}\n${stderr}`, keptLines)}`);
    },
  };
}

/** The commit that a ref of the remote names, where there is one. */
export async function remoteCommit(checkout: Checkout, ref: string): Promise<string | undefined> {
  const lines = (await checkout.git('ls-remote', 'origin', ref, `${ref}^{}`)).split('\n');
  const of = (name: string) => lines.find((line) => line.endsWith(`\t${name}`))?.split('\t')[0];
  // An annotated tag is an object of its own; the commit behind it has the second name.
  return of(`${ref}^{}`) ?? of(ref);
}
