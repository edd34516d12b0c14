import { root, runNode, tools } from './project.ts';

/** One thing that must hold for the whole checkout, and how to find out: offline, and without changing a file. */
export interface Step {
  readonly name: string;
  /** What node is to run. */
  readonly args: readonly string[];
}

export interface StepResult {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

const script = (name: string): string => `${root}/script/commands/${name}.ts`;

/** What is checked without running a test. */
export const staticSteps: readonly Step[] = [
  { name: 'types', args: [tools.tsc, '--noEmit', '-p', root] },
  { name: 'lint', args: [tools.biome, 'ci', '--colors=off', '--error-on-warnings'] },
  { name: 'dead code', args: [tools.knip, '--no-progress'] },
  { name: 'generated', args: [tools.tsx, script('generate'), '--check'] },
  { name: 'dist', args: [tools.tsx, script('build'), '--check'] },
];

/** Runs every step, failed ones before it or not, and prints a row for each as it ends. */
export async function runSteps(steps: readonly Step[], print: (line: string) => void): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    const startMs = performance.now();
    const { exitCode, stdout, stderr } = await runNode(step.args);
    const seconds = (performance.now() - startMs) / 1000;
    const result = { name: step.name, passed: exitCode === 0, seconds, output: `${stdout}${stderr}`.trimEnd() };
    print(row(result));
    results.push(result);
  }
  return results;
}

/** `ok   types       2.7 s`, and below a failed step what it said. */
export function row({ name, passed, seconds, output }: StepResult): string {
  const line = `${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(10)} ${seconds.toFixed(1).padStart(5)} s`;
  return passed || output === '' ? line : `${line}\n${output.replaceAll(/^/gm, '     ')}`;
}
