import { RefusedError } from '../../domain/errors.ts';
import { chosenFindings, type Finding, fileInRepository, shownAnnotations } from '../../domain/finding.ts';
import { inertText } from '../../domain/inert-text.ts';
import { scrubbedEnv } from '../../domain/scrubbed-env.ts';
import { findingsReader } from '../../formats/checks/findings.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { checksSummary } from '../../reports/checks-summary.ts';
import { requireEngine } from '../builder.ts';

/** The inputs of the action. */
export interface StaticChecksInputs {
  readonly run: string;
  readonly container?: string | undefined;
  readonly 'timeout-minutes': number;
}

const keptLines = 399;
/** Where the repository lies in a container. */
const inContainer = '/workspace';

/** Runs a script of the user's, here or in a container, with nothing by which it could act for the runner. */
export async function staticChecks(ports: ActionPorts, host: Host, inputs: StaticChecksInputs): Promise<void> {
  await using folder = await ports.files.tempFolder('slipway-checks-', host.temp);
  const script = `${folder.path}/checks.sh`;
  await ports.files.write(script, `${inputs.run}\n`);
  if (inputs.container !== undefined) await requireEngine(ports);
  const name = `slipway-checks-${ports.random.hex(12)}`;
  const [program, args] =
    inputs.container === undefined
      ? (['bash', ['--noprofile', '--norc', '-eo', 'pipefail', script]] as const)
      : ([
          'docker',
          containerArgs({ name, folder: folder.path, workspace: host.workspace, image: inputs.container }),
        ] as const);
  const limitMs = inputs['timeout-minutes'] * 60_000;
  const started = ports.clock.now().getTime();
  try {
    const { exitCode, findings } = await runScript(ports, { program, args, cwd: host.workspace, timeoutMs: limitMs });
    const ms = ports.clock.now().getTime() - started;
    const isGreen = exitCode === 0;
    const ended = `${isGreen ? 'They passed in' : 'They did not pass, after'} ${(ms / 1000).toFixed(1)} s`;
    await tellFindings(ports, host, { findings, isGreen, ended });
    if (!isGreen) throw failure(exitCode, exitCode === 124 && ms >= limitMs, inputs['timeout-minutes']);
  } finally {
    if (inputs.container !== undefined) {
      await ports.exec.run('docker', ['rm', '--force', '--volumes', name], { timeoutMs: 60_000, cleanup: true });
    }
  }
}

/** Runs the script, shows what it printed, and reads what its tools found. */
async function runScript(
  ports: ActionPorts,
  { program, args, ...options }: { program: string; args: readonly string[]; cwd: string; timeoutMs: number },
): Promise<{ readonly exitCode: number; readonly findings: readonly Finding[] }> {
  const output = new KeptLines();
  const reader = findingsReader();
  const onLine = (line: string): void => {
    output.add(line);
    reader.line(line);
  };
  try {
    const { exitCode } = await ports.exec.run(program, args, { ...options, env: scrubbedEnv(ports.env), onLine });
    return { exitCode, findings: reader.end() };
  } finally {
    // Also of a script that somebody stopped: what it said may be the reason.
    ports.log.relay(output.lines, 'static checks');
  }
}

/** Puts findings at their lines: as errors where the script failed, else as warnings. */
async function tellFindings(
  ports: ActionPorts,
  host: Host,
  checked: { readonly findings: readonly Finding[]; readonly isGreen: boolean; readonly ended: string },
): Promise<void> {
  const { isGreen, ended } = checked;
  const findings = checked.findings.map((finding): Finding => {
    return { ...finding, file: fileInRepository(finding.file, [host.workspace, inContainer]) ?? finding.file };
  });
  const here: Finding[] = [];
  for (const finding of findings) if (await isHere(ports, host, finding.file)) here.push(finding);
  // One of the errors that are shown is that of the step.
  const annotated = chosenFindings(here, isGreen ? shownAnnotations : shownAnnotations - 1);
  const tell = isGreen ? ports.log.warning : ports.log.error;
  for (const { tool, text, file, line, column } of annotated) {
    const place = { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    tell(inertText(`${tool}: ${text}`), place);
  }
  await ports.outputs.summary(checksSummary({ ended, findings, annotated }));
}

/** A place that the repository does not have is shown nowhere; a tool in another folder writes such. */
async function isHere({ files }: ActionPorts, { workspace }: Host, file: string): Promise<boolean> {
  if (fileInRepository(file, []) === undefined) return false;
  return (await files.facts(`${workspace}/${file}`))?.kind === 'file';
}

/** The last lines that a script printed, with how many were before them. */
class KeptLines {
  readonly #kept: string[] = [];
  #dropped = 0;

  add(line: string): void {
    this.#kept.push(line);
    if (this.#kept.length <= keptLines) return;
    this.#kept.shift();
    this.#dropped += 1;
  }

  get lines(): readonly string[] {
    return this.#dropped === 0 ? this.#kept : [`… ${this.#dropped} lines before these`, ...this.#kept];
  }
}

function containerArgs(run: {
  readonly name: string;
  readonly folder: string;
  readonly workspace: string;
  readonly image: string;
}): readonly string[] {
  return [
    ...['run', '--name', run.name, '--rm', '--entrypoint', 'sh'],
    ...[
      '--volume',
      `${run.workspace}:${inContainer}`,
      '--volume',
      `${run.folder}:/slipway-checks:ro`,
      '--workdir',
      inContainer,
    ],
    ...[run.image, '-e', '/slipway-checks/checks.sh'],
  ];
}

function failure(exitCode: number, timedOut: boolean, minutes: number): RefusedError {
  return new RefusedError({
    code: 'checks-failed',
    what: timedOut ? `the checks had not ended after ${minutes} min` : `the checks ended with exit code ${exitCode}`,
    where: 'static-checks',
    state: 'nothing was built',
    next: 'the output of the script is above; mend what it names',
  });
}
