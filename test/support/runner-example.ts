import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../script/commands/project.ts';
import { type Lab, labEnv } from './lab.ts';
import { type ArtifactFiles, openRunner, type Run, type RunRequest } from './runner.ts';
import { requestsBelow, tagsBelow, type Written, writtenBy } from './runner-registry.ts';

const run = promisify(execFile);
const usualWorkflow = '.github/workflows/images.yml';

/** What happened to the repository, as GitHub tells it. */
export interface Happening {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A run that ended, with what the registry had at that moment. */
export interface Moment {
  readonly run: Run;
  /** Every tag of every image and of the caches, as `repository:tag`, with its digest. */
  readonly tags: Readonly<Record<string, string>>;
  /** What was written meanwhile. */
  readonly written: Written;
  /** All that the registry was asked meanwhile, as `METHOD path`. */
  readonly requests: readonly string[];
}

/** An example as a repository with its own workflow, published in a place of the lab's registry that is its own. */
export interface RunnerExample extends AsyncDisposable {
  readonly folder: string;
  /** Where it is published. */
  readonly prefix: string;
  /** Runs git in it; it must end well. */
  git(...args: readonly string[]): Promise<string>;
  /** Writes files and commits everything, on the branch that is checked out. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  /** Runs the workflow for what happened; `vars` are the variables of the repository. */
  happen(
    happening: Happening,
    vars?: Readonly<Record<string, string>>,
    changes?: Pick<RunRequest, 'env' | 'suite'>,
  ): Promise<Moment>;
  /** The files of the artifacts of a run, by the names of the artifacts. */
  artifacts(run: Run): Promise<ArtifactFiles>;
}

/** What the example is, and where it says that it is published. */
export interface ExampleSource {
  readonly name: string;
  readonly registry: string;
  /** The workflow that is run; by default that of images. */
  readonly workflow?: string;
}

/** Opens an example; each of its files that names its registry names the lab's instead, and nothing else is changed. */
export async function openRunnerExample(
  lab: Lab,
  { name, registry, workflow = usualWorkflow }: ExampleSource,
): Promise<RunnerExample> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), `slipway-${name}-`)));
  // As a checkout is: users of containers read it too.
  await chmod(folder, 0o755);
  const from = path.join(root, 'examples', name);
  await cp(from, folder, { recursive: true, filter: (file) => path.basename(file) !== '.slipway' });
  const place = `t${randomBytes(6).toString('hex')}/${name}`;
  const prefix = `${lab.registry}/${place}`;
  await replaceIn(folder, registry, prefix);
  const env = { ...labEnv(lab), HOME: folder };
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run('git', args, { cwd: folder, env })).stdout.trim();
  const commit = async (files: Readonly<Record<string, string>>): Promise<string> => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), text);
    }
    const author = ['-c', 'user.name=A tester', '-c', 'user.email=tester@example.com'];
    await git('add', '--all');
    await git(...author, 'commit', '--quiet', '--message', 'Change');
    return git('rev-parse', 'HEAD');
  };
  await git('init', '--quiet', '--initial-branch', 'main');
  // Where the runner finds the variables of the repository: in the folder, and in no commit.
  await writeFile(path.join(folder, '.git/info/exclude'), '.vars\n');
  await commit({});
  const runner = await openRunner(lab);
  let runs = 0;
  return {
    folder,
    prefix,
    git,
    commit,
    async happen({ event, payload }, vars = {}, changes = {}) {
      runs++;
      // What a test has read since the last run is no part of this one.
      const heard = (await requestsBelow(lab, place)).length;
      const lines = Object.entries(vars).map(([key, value]) => `${key}=${value}\n`);
      await writeFile(path.join(folder, '.vars'), lines.join(''));
      const repository = { full_name: `acme/${name}`, default_branch: 'main' };
      const ran = await runner.run({
        ...{ folder, workflow, event },
        payload: { repository, ...payload },
        ...changes,
        env: { GITHUB_RUN_NUMBER: String(runs), GITHUB_REPOSITORY: repository.full_name, ...changes.env },
      });
      const requests = (await requestsBelow(lab, place)).slice(heard);
      const written = writtenBy(requests, place);
      return { run: ran, tags: await tagsBelow(lab, place), written, requests };
    },
    artifacts: (of) => runner.artifacts(of),
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** All tags as they were, but for some, which are as they are now. */
export function onlyChanged(
  before: Moment | undefined,
  now: Moment,
  tags: readonly string[],
): Readonly<Record<string, string>> {
  const changed = tags.map((tag) => [tag, now.tags[tag] ?? 'not there']);
  return { ...before?.tags, ...Object.fromEntries(changed) };
}

/** One of several things that happen in turn: it happens once, and only after the one before. */
export function inTurn(
  before: (() => Promise<Moment>) | undefined,
  happen: () => Promise<Moment>,
): () => Promise<Moment> {
  let made: Promise<Moment> | undefined;
  const make = async (): Promise<Moment> => {
    await before?.();
    return happen();
  };
  return () => {
    made ??= make();
    return made;
  };
}

async function replaceIn(folder: string, text: string, other: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    const now = await readFile(file, 'utf8');
    if (now.includes(text)) await writeFile(file, now.replaceAll(text, other));
  }
}
