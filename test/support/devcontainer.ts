import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EndedStep, type Job, type JobOptions, openJob } from './action-step.ts';
import { docker, type Lab } from './lab.ts';

/** A repository with a dev container, and a name in the registry that nobody else has. */
export interface DevcontainerDesk extends AsyncDisposable {
  readonly id: string;
  readonly folder: string;
  readonly image: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(name: string): Promise<void>;
  /** A job whose workspace is the repository; a push to the main branch where nothing else is said. */
  job(options?: JobOptions): Promise<Job>;
  /** Runs the action and its post step; `state` of the main step is handed on as a runner does. */
  run(job: Job, inputs?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): Promise<EndedStep>;
  /** The containers that this desk has started and that are still there. */
  containers(): Promise<readonly string[]>;
}

/** The event of a pull request; from a fork, if the head is another repository. */
export function pullRequest(from = 'org/hello'): Pick<JobOptions, 'event' | 'ref' | 'payload'> {
  const repository = { full_name: 'org/hello', default_branch: 'main' };
  const pull = { base: { ref: 'main', sha: 'a'.repeat(40) }, head: { repo: { full_name: from }, sha: 'b'.repeat(40) } };
  const payload = { repository, pull_request: pull, sender: { login: 'ada' } };
  return { event: 'pull_request', ref: 'refs/pull/1/merge', payload };
}

/** Sets up a repository with these files. */
export async function openDevcontainerDesk(
  lab: Lab,
  files: (id: string) => Readonly<Record<string, string>>,
): Promise<DevcontainerDesk> {
  const id = `t${randomBytes(6).toString('hex')}`;
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-dc-')));
  const label = `slipway.test=${id}`;
  const jobs: Job[] = [];
  const desk: DevcontainerDesk = {
    id,
    folder,
    image: `${lab.registry}/${id}/devcontainer`,
    async write(added) {
      for (const [name, text] of Object.entries(added)) {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
        await writeFile(path.join(folder, name), text);
      }
    },
    async remove(name) {
      await rm(path.join(folder, name));
    },
    async job(options = {}) {
      const job = await openJob(lab, { workspace: folder, isFromSource: true, ...options });
      jobs.push(job);
      return job;
    },
    async run(job, inputs = {}, env = {}) {
      const step = await job.run('devcontainer-prebuild', { image: desk.image, ...inputs }, { env });
      const state = Object.fromEntries(Object.entries(step.state).map(([name, value]) => [`STATE_${name}`, value]));
      const post = await job.run('devcontainer-prebuild', {}, { env: { ...env, ...state }, script: 'post' });
      if (post.exitCode !== 0) throw new Error(`the post step failed\n${post.stdout}${post.stderr}`);
      return step;
    },
    async containers() {
      const ids = await docker(lab, 'ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`);
      return ids.split('\n').filter((one) => one !== '');
    },
    async [Symbol.asyncDispose]() {
      for (const job of jobs) await job[Symbol.asyncDispose]();
      for (const one of await desk.containers()) await docker(lab, 'rm', '--force', '--volumes', one);
      const images = await docker(lab, 'image', 'ls', '--quiet', '--no-trunc', '--filter', `label=${label}`);
      for (const one of new Set(images.split('\n').filter((image) => image !== ''))) {
        await docker(lab, 'image', 'rm', '--force', one).catch(() => undefined);
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  await desk.write(files(id));
  return desk;
}

/** A dev container of a Dockerfile on the small image of the lab. */
export function smallDevcontainer(more: Readonly<Record<string, unknown>> = {}) {
  return (id: string): Readonly<Record<string, string>> => ({
    '.devcontainer/devcontainer.json': `// the container of the tests\n${JSON.stringify({
      name: 'small',
      build: { dockerfile: 'Dockerfile' },
      containerEnv: { FROM_IMAGE: 'yes' },
      remoteEnv: { FROM_REMOTE: 'yes' },
      ...more,
    })}\n`,
    '.devcontainer/Dockerfile': `FROM busybox:1.36\nLABEL slipway.test=${id}\nCOPY word /word\n`,
    '.devcontainer/word': `${id}\n`,
    'app.txt': 'an app\n',
  });
}
