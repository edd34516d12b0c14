import { RefusedError } from '../../domain/errors.ts';
import { scrubbedEnv } from '../../domain/scrubbed-env.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { requireEngine } from '../builder.ts';

/** The inputs of the action. */
export interface StaticChecksInputs {
  readonly run: string;
  readonly container?: string | undefined;
  readonly 'timeout-minutes': number;
}

const keptLines = 400;

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
  const lines: string[] = [];
  const limitMs = inputs['timeout-minutes'] * 60_000;
  const started = ports.clock.now().getTime();
  try {
    const result = await ports.exec.run(program, args, {
      cwd: host.workspace,
      env: scrubbedEnv(ports.env),
      timeoutMs: limitMs,
      onLine: (line) => {
        lines.push(line);
        lines.splice(0, lines.length - keptLines);
      },
    });
    ports.log.relay(lines, 'static checks');
    const seconds = (ports.clock.now().getTime() - started) / 1000;
    const timedOut = result.exitCode === 124 && seconds * 1000 >= limitMs;
    if (result.exitCode !== 0) throw failure(result.exitCode, timedOut, inputs['timeout-minutes']);
    await ports.outputs.summary(`### Static checks\n\nThey passed in ${seconds.toFixed(1)} s.\n`);
  } finally {
    if (inputs.container !== undefined) {
      await ports.exec.run('docker', ['rm', '--force', '--volumes', name], { timeoutMs: 60_000, cleanup: true });
    }
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
      `${run.workspace}:/workspace`,
      '--volume',
      `${run.folder}:/slipway-checks:ro`,
      '--workdir',
      '/workspace',
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
