import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from '../../script/commands/project.ts';
import { Arrived, type Script } from './handoff-set.ts';
import { requireLab } from './lab.ts';
import { openRunner, type Run } from './runner.ts';

/** How a run of images.yml ended, and what its gate saw when it let the set through. */
export interface HandoffRun extends Run {
  readonly arrived: Arrived | undefined;
}

/** The workflow runner, with the suite of which only the hand-off is left. */
export interface HandoffRunner extends AsyncDisposable {
  run(script: Script): Promise<HandoffRun>;
}

const actionNames = ['matrix-generate', 'build-test', 'verify-digest', 'push', 'release-latest'];
const workflow = '.github/workflows/caller.yml';
const execute = promisify(execFile);

const callerWorkflow = `name: caller
on: push
jobs:
  images:
    uses: org/slipway/.github/workflows/images.yml@v1
`;

/** Sets up a suite with the real images.yml and action.yml files; what an action does is bundled from `handoff-actions.ts`. */
export async function openHandoffRunner(): Promise<HandoffRunner> {
  const runner = await openRunner(requireLab());
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-handoff-'));
  const suite = suiteOf(await bundleInto(folder));
  const repository = path.join(folder, 'repository');
  await writeRepository(repository);
  let runs = 0;
  return {
    async run(script) {
      runs++;
      const arrivedFile = path.join(folder, `arrived-${runs}.json`);
      const run = await runner.run({
        folder: repository,
        workflow,
        event: 'push',
        payload: { ref: 'refs/heads/main', repository: { full_name: 'acme/widgets', default_branch: 'main' } },
        env: { HANDOFF_SCRIPT: JSON.stringify(script), HANDOFF_ARRIVED: arrivedFile },
        suite,
      });
      return { ...run, arrived: await readArrived(arrivedFile) };
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bundleInto(folder: string): Promise<string> {
  const bundle = path.join(folder, 'handoff-actions.js');
  // A CommonJS file has no address of its own, and one of the libraries asks for it.
  const address = "const address = require('node:url').pathToFileURL(__filename).href;";
  const options = ['--bundle', '--platform=node', '--target=node20', '--format=cjs', '--log-level=error'];
  await execute(
    path.join(root, 'node_modules/.bin/esbuild'),
    [
      fileURLToPath(new URL('./handoff-actions.ts', import.meta.url)),
      ...options,
      ...['--define:import.meta.url=address', `--banner:js=${address}`, `--outfile=${bundle}`],
    ],
    { cwd: root },
  );
  return bundle;
}

function suiteOf(bundle: string): Readonly<Record<string, string>> {
  const mains = actionNames.map((name) => [
    `actions/${name}/main.js`,
    `process.env.HANDOFF_ACTION = '${name}';\nrequire(${JSON.stringify(bundle)});\n`,
  ]);
  // A made build leaves nothing that a post step would have to remove.
  return { ...Object.fromEntries(mains), 'actions/build-test/post.js': '' };
}

async function writeRepository(folder: string): Promise<void> {
  await mkdir(path.join(folder, path.dirname(workflow)), { recursive: true });
  await writeFile(path.join(folder, workflow), callerWorkflow);
  const author = ['-c', 'user.name=made', '-c', 'user.email=made@example.test'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: readonly string[]) => execute('git', [...author, ...args], { cwd: folder, env });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', 'https://github.com/acme/widgets.git');
  await git('add', '.');
  await git('commit', '--quiet', '--message=caller');
}

async function readArrived(file: string): Promise<Arrived | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Arrived.parse(JSON.parse(text));
}
