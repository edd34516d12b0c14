/** What became of one step: its outcome, what it handed on, and what it told. */
export interface StepReport {
  readonly id: string;
  /** What it uses, or what it is called. */
  readonly name: string;
  outcome: string;
  readonly outputs: Record<string, string>;
  /** Its part of the job's summary, as markdown. */
  summary: string;
  /** Its error annotations. */
  readonly errors: string[];
  /** Lines that are no commands. */
  readonly lines: string[];
}

/** One job of a run; each leg of a matrix is one of its own. */
export interface JobReport {
  /** The key of the job in its workflow. */
  readonly id: string;
  /** The row of its matrix, or the key where it has none. */
  readonly name: string;
  readonly matrix: Readonly<Record<string, string>>;
  /** Empty as long as it has not ended. */
  result: '' | 'success' | 'failure';
  readonly steps: StepReport[];
}

/** A step with the job that it belongs to. */
export interface FoundStep extends StepReport {
  readonly job: string;
}

interface Entry {
  readonly msg: string;
  readonly jobID?: string;
  readonly job?: string;
  readonly matrix?: Readonly<Record<string, string>>;
  readonly stage?: string;
  readonly step?: string;
  readonly stepID?: readonly string[];
  readonly stepResult?: string;
  readonly jobResult?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly raw_output?: boolean;
}

/** Reads what the workflow runner says, a JSON document a line, into jobs and steps. A job that was skipped says nothing. */
export function readReport(log: string): readonly JobReport[] {
  const jobs = new Map<string, JobReport>();
  for (const line of log.split('\n')) {
    if (!line.startsWith('{')) continue;
    const entry = JSON.parse(line) as Entry;
    if (entry.jobID === undefined || (entry.stage === undefined && entry.jobResult === undefined)) continue;
    const matrix = entry.matrix ?? {};
    const key = JSON.stringify([entry.jobID, entry.job, matrix]);
    const job = jobs.get(key) ?? { id: entry.jobID, name: matrix.row ?? entry.jobID, matrix, result: '', steps: [] };
    jobs.set(key, job);
    if (entry.stepResult === 'failure') job.result = 'failure';
    if (entry.jobResult !== undefined && job.result === '') {
      // A green leg of a matrix is told the worst result of all legs; its own is that of its steps.
      job.result = entry.jobResult === 'success' || Object.keys(matrix).length > 0 ? 'success' : 'failure';
    }
    if (entry.stage === 'Main') readStep(job, entry);
  }
  // A reusable workflow is told as a job as well, but has no steps of its own.
  return [...jobs.values()].filter((job) => job.steps.length > 0);
}

function readStep(job: JobReport, entry: Entry): void {
  const id = entry.stepID?.join('/') ?? '';
  let step = job.steps.find((known) => known.id === id);
  if (step === undefined) {
    step = { id, name: entry.step ?? '', outcome: '', outputs: {}, summary: '', errors: [], lines: [] };
    job.steps.push(step);
  }
  if (entry.stepResult !== undefined) step.outcome = entry.stepResult;
  if (entry.raw_output === true) step.lines.push(entry.msg.trimEnd());
  if (entry.command === 'set-output') step.outputs[entry.name ?? ''] = entry.arg ?? '';
  if (entry.command === 'summary') step.summary += entry.content ?? '';
  if (entry.command === 'error') step.errors.push(entry.arg ?? '');
}
