import type { Exec, ExecResult } from '../ports/exec.ts';

const shortMs = 60_000;
const fetchMs = 180_000;
/** By so many commits a shallow history is made deeper, one after the other; then we give up. */
const steps = [50, 200, 1000];

/** The history of a checkout, of which a part may be missing; what is missing is fetched from `origin`. */
export class GitCommits {
  readonly #exec: Exec;
  readonly #folder: string;

  constructor(exec: Exec, folder: string) {
    this.#exec = exec;
    this.#folder = folder;
  }

  /** Runs git here; `onLine` gets every line, however much there is. */
  run(args: readonly string[], onLine?: (line: string) => void, timeoutMs = shortMs): Promise<ExecResult> {
    return this.#exec.run('git', ['-C', this.#folder, ...args], {
      timeoutMs,
      ...(onLine === undefined ? {} : { onLine: (line, stream) => (stream === 'stdout' ? onLine(line) : undefined) }),
    });
  }

  /** The commit that a name stands for here. */
  async find(name: string): Promise<string | undefined> {
    const { exitCode, stdout } = await this.run(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  /** The parents that a commit names, also those that a shallow history lacks. */
  async parents(commit: string): Promise<readonly string[]> {
    const { stdout } = await this.run(['cat-file', 'commit', commit]);
    const header = stdout.split('\n\n')[0] ?? '';
    return [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].flatMap(([, parent]) => parent ?? []);
  }

  async isShallow(): Promise<boolean> {
    return (await this.run(['rev-parse', '--is-shallow-repository'])).stdout.trim() === 'true';
  }

  /** Whether a commit is here, after an attempt to fetch it by its id. */
  async bring(commit: string): Promise<boolean> {
    if ((await this.find(commit)) !== undefined) return true;
    await this.fetch(commit);
    return (await this.find(commit)) !== undefined;
  }

  /** The same for a commit behind HEAD, which the server may give out only with the history that leads to it. */
  async bringAncestor(commit: string, branch: string): Promise<boolean> {
    if ((await this.find(commit)) !== undefined) return true;
    const { stderr } = await this.fetch(commit);
    if ((await this.find(commit)) !== undefined) return true;
    // The server was free to give it out, and has none: no history leads to it.
    if (stderr.includes('not our ref')) return false;
    return (await this.#deepenUntil([`refs/heads/${branch}`], async () => await this.find(commit))) !== undefined;
  }

  /** The last commit that two have in common. Where history was cut, it may be an older one, which shows more changes and never fewer. */
  async mergeBase(one: string, other: string): Promise<string | undefined> {
    return this.#deepenUntil([one, other], async () => {
      const { exitCode, stdout } = await this.run(['merge-base', one, other]);
      return exitCode === 0 ? stdout.trim() : undefined;
    });
  }

  /** Fetches something of `origin`: no more of its history than is here of any other commit. */
  async fetch(refspec: string): Promise<ExecResult> {
    // A depth would cut the history of a clone that is whole.
    return this.#fetch((await this.isShallow()) ? ['--depth=1'] : [], [refspec]);
  }

  async #deepenUntil(wants: readonly string[], look: () => Promise<string | undefined>): Promise<string | undefined> {
    for (const step of steps) {
      const found = await look();
      if (found !== undefined || !(await this.isShallow())) return found;
      if ((await this.#fetch([`--deepen=${step}`], wants)).exitCode !== 0) return undefined;
    }
    return look();
  }

  #fetch(options: readonly string[], refspecs: readonly string[]): Promise<ExecResult> {
    const quiet = ['-c', 'gc.auto=0', '-c', 'maintenance.auto=false', 'fetch', '--quiet', '--no-tags'];
    return this.run([...quiet, '--no-recurse-submodules', ...options, 'origin', ...refspecs], undefined, fetchMs);
  }
}
