import { parse, stringify } from 'yaml';
import type { JobReport } from './runner-report.ts';

interface Job {
  readonly strategy?: unknown;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps?: unknown;
}

/**
 * The workflow as it is when the failed jobs of a run are run again: a green job does nothing and keeps its outputs, a
 * green leg is left out and its outputs stay, and all else is as it was. The workflow runner has no such re-run itself.
 */
export function withoutGreenJobs(workflow: string, jobs: readonly JobReport[]): string {
  const document = parse(workflow) as { readonly jobs: Readonly<Record<string, Job>> };
  const again = Object.entries(document.jobs).map(([id, job]): [string, Job] => {
    const legs = jobs.filter((leg) => leg.id === id);
    const red = legs.filter((leg) => leg.result !== 'success');
    if (legs.length === 0) return [id, job];
    const { strategy, outputs = {}, ...rest } = job;
    const kept = { ...rest, outputs: keptOutputs(outputs, legs) };
    if (red.length === 0) return [id, { ...kept, steps: [{ run: 'true' }] }];
    if (strategy === undefined) return [id, kept];
    return [id, { ...kept, strategy: { 'fail-fast': false, matrix: { include: red.map((leg) => leg.matrix) } } }];
  });
  return stringify({ ...document, jobs: Object.fromEntries(again) }, { lineWidth: 0 });
}

function keptOutputs(
  outputs: Readonly<Record<string, string>>,
  legs: readonly JobReport[],
): Readonly<Record<string, string>> {
  const green = legs.filter((leg) => leg.result === 'success').flatMap((leg) => leg.steps);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, expression]) => {
      const [, step, output = ''] = /^\$\{\{ steps\.([\w-]+)\.outputs\.([\w-]+) \}\}$/.exec(expression) ?? [];
      if (step === undefined) throw new Error(`the output ${name} is none of a step: ${expression}`);
      const values = green.flatMap((one) => (one.id === step ? [one.outputs[output] ?? ''] : []));
      return [name, values.find((value) => value !== '') ?? expression];
    }),
  );
}
