import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { root } from '../../script/commands/project.ts';
import { Arrived, type Script } from './handoff-set.ts';
import { requireLab } from './lab.ts';

/** How a run of images.yml ended. */
export interface HandoffRun {
  readonly exitCode: number;
  /** How each job ended, by its name or its row; one that was skipped is not there. */
  readonly jobs: ReadonlyMap<string, string>;
  /** Everything that a job said. */
  said(job: string): string;
  /** What the gate saw, when it let the set through. */
  readonly arrived: Arrived | undefined;
}

/** The workflow runner, with the suite of which only the hand-off is left. */
export interface HandoffRunner extends AsyncDisposable {
  run(script: Script): Promise<HandoffRun>;
}

const actionNames = ['matrix-generate', 'build-test', 'verify-digest', 'push', 'release-latest'];
const suite = 'org/slipway@v1';
const runnerLimitMs = 500_000;
const run = promisify(execFile);

const callerWorkflow = `name: caller
on: push
jobs:
  images:
    uses: org/slipway/.github/workflows/images.yml@v1
`;

/** A line of the runner's log. */
const LogLine = z.object({
  job: z.string().default(''),
  msg: z.string().default(''),
  matrix: z.object({ row: z.string().optional() }).nullish(),
  jobResult: z.string().optional(),
});
type LogLine = z.infer<typeof LogLine>;

/** Makes a suite with the real images.yml and the real action.yml files; what an action does is bundled from `handoff-actions.ts`. */
export async function openHandoffRunner(): Promise<HandoffRunner> {
  const { act } = requireLab().tools;
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-handoff-'));
  const suiteFolder = path.join(folder, 'suite');
  await writeSuite(suiteFolder);
  let runs = 0;
  return {
    async run(script) {
      runs += 1;
      const home = path.join(folder, `run-${runs}`);
      const workspace = path.join(home, 'workspace');
      await writeWorkspace(workspace);
      const arrivedFile = path.join(home, 'arrived.json');
      const env = { HANDOFF_SCRIPT: JSON.stringify(script), HANDOFF_ARRIVED: arrivedFile };
      const args = [
        'push',
        '--json',
        ...['-P', 'ubuntu-latest=-self-hosted', '--local-repository', `${suite}=${suiteFolder}`],
        ...['--artifact-server-path', path.join(home, 'artifacts'), '--artifact-server-addr', '127.0.0.1'],
        ...['--artifact-server-port', String(await freePort()), '--no-cache-server'],
        ...['--action-cache-path', path.join(home, 'actions')],
        ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ];
      const { exitCode, lines } = await runAct(act, args, { cwd: workspace, home });
      const jobs = new Map(
        lines.flatMap((line) => (line.jobResult === undefined ? [] : [[nameOf(line), line.jobResult] as const])),
      );
      return {
        exitCode,
        jobs,
        said: (name) =>
          lines
            .filter((line) => nameOf(line) === name)
            .map(({ msg }) => msg)
            .join('\n'),
        arrived: await readArrived(arrivedFile),
      };
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeSuite(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(path.join(root, '.github/workflows/images.yml'), path.join(folder, '.github/workflows/images.yml'));
  const entry = path.join(root, 'test/support/handoff-actions.ts');
  const options = ['--bundle', '--platform=node', '--target=node20', '--format=cjs', '--log-level=error'];
  // A CommonJS file has no address of its own, and one of the libraries asks for it.
  const address = [
    '--define:import.meta.url=address',
    "--banner:js=const address = require('url').pathToFileURL(__filename).href;",
  ];
  const bundle = path.join(folder, 'handoff-actions.js');
  await run(path.join(root, 'node_modules/.bin/esbuild'), [entry, ...options, ...address, `--outfile=${bundle}`], {
    cwd: root,
  });
  for (const name of actionNames) {
    const action = path.join(folder, 'actions', name);
    await cp(path.join(root, 'actions', name, 'action.yml'), path.join(action, 'action.yml'));
    const main = `process.env.HANDOFF_ACTION = '${name}';\nrequire(${JSON.stringify(bundle)});\n`;
    await writeFile(path.join(action, 'main.js'), main);
    // The post step that a made build has nothing to do in.
    await writeFile(path.join(action, 'post.js'), '');
  }
}

async function writeWorkspace(folder: string): Promise<void> {
  await mkdir(path.join(folder, '.github/workflows'), { recursive: true });
  await writeFile(path.join(folder, '.github/workflows/caller.yml'), callerWorkflow);
  const author = ['-c', 'user.name=made', '-c', 'user.email=made@example.test'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: readonly string[]) => run('git', [...author, ...args], { cwd: folder, env });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', 'https://github.com/acme/widgets.git');
  await git('add', '.');
  await git('commit', '--quiet', '--message=caller');
}

/** Nothing of the user's settings gets to the runner, and no place of its own is shared with another one. */
async function runAct(
  act: string,
  args: readonly string[],
  { cwd, home }: { readonly cwd: string; readonly home: string },
): Promise<{ readonly exitCode: number; readonly lines: readonly LogLine[] }> {
  const env = {
    HOME: home,
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    TMPDIR: home,
    PATH: [path.dirname(process.execPath), process.env.PATH ?? ''].join(':'),
  };
  const child = spawn(act, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: runnerLimitMs });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? -1));
  });
  const lines = stdout.split('\n').flatMap(readLine);
  if (lines.length === 0) throw new Error(`the runner said nothing of a job, and ended with ${exitCode}: ${stderr}`);
  return { exitCode, lines };
}

function readLine(line: string): readonly LogLine[] {
  if (!line.startsWith('{')) return [];
  return [LogLine.parse(JSON.parse(line))];
}

/** A leg goes by its row; another job by its name, before which the runner writes those of its workflows. */
function nameOf({ job, matrix }: LogLine): string {
  return matrix?.row ?? job.trim().split('/').at(-1) ?? '';
}

async function readArrived(file: string): Promise<Arrived | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Arrived.parse(JSON.parse(text));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
