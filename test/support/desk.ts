import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from '../../script/commands/project.ts';
import { docker, type Lab, labEnv } from './lab.ts';

const git = promisify(execFile);
/** So long a command may take before the test counts as hung. */
const patienceMs = 500_000;
const pollMs = 100;

/** How a command ended, with all that it said. */
export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is under way. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Finished>;
  /** Waits until it has said something that matches, and fails when it ends without. */
  said(pattern: RegExp): Promise<string>;
  signal(name: NodeJS.Signals): void;
}

/** A registry that is served for as long as this lives. */
export interface ServedRegistry extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
}

/** A throw-away repository with the three images of the hello example, and a desk to work on it. */
export interface Desk extends AsyncDisposable {
  readonly folder: string;
  /** The registry that a run makes here. */
  readonly registryFolder: string;
  /** Unlike that of any other desk, and legal in names, tags and labels. */
  readonly id: string;
  /** The label that each image, and so each container, of this desk has. */
  readonly label: string;
  /** Changes a file, without a commit. */
  edit(file: string, change: (text: string) => string): Promise<void>;
  /** Writes files and commits everything. */
  commit(files?: Readonly<Record<string, string>>): Promise<string>;
  /** Runs the command line here, from source, and waits for its end. */
  slipway(...args: readonly string[]): Promise<Finished>;
  /** The same without waiting; `env` is put over the environment of the lab, and `input` is what it can read. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Running;
  /** Serves the registry of this desk. */
  serve(): Promise<ServedRegistry>;
  /** A folder for PATH that holds these programs of this machine and no other. */
  programs(...names: readonly string[]): Promise<string>;
  /** Containers and images in the engine that come from here. */
  inEngine(): Promise<readonly string[]>;
  /** What a run that ended must not leave: run folders, content of the registry, containers, images in the engine. */
  leftovers(): Promise<readonly string[]>;
}

/** Sets up a desk. Without `arm64` all images are for linux/amd64 alone, which saves the emulation. */
export async function openDesk(lab: Lab, options: { readonly arm64?: boolean } = {}): Promise<Desk> {
  const id = `t${randomBytes(6).toString('hex')}`;
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-desk-')));
  await cp(path.join(root, 'examples/hello'), folder, {
    recursive: true,
    filter: (from) => path.basename(from) !== '.slipway',
  });
  const desk = createDesk(lab, folder, id);
  await desk.edit('base/Dockerfile', (text) => `${text.trimEnd()}\nLABEL ${desk.label}\n`);
  if (options.arm64 !== true) await desk.edit('slipway.yml', (text) => text.replaceAll(', linux/arm64', ''));
  await git('git', ['-C', folder, 'init', '--quiet', '--initial-branch', 'main'], { env: labEnv(lab) });
  await desk.commit();
  return desk;
}

function createDesk(lab: Lab, folder: string, id: string): Desk {
  const children = new Set<ChildProcess>();
  const work = path.join(folder, '.slipway');
  const registryFolder = path.join(work, 'registry');
  const label = `slipway.test=${id}`;
  const desk: Desk = {
    folder,
    registryFolder,
    id,
    label,
    async edit(file, change) {
      const full = path.join(folder, file);
      await writeFile(full, change(await readFile(full, 'utf8')));
    },
    async commit(files = {}) {
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
        await writeFile(path.join(folder, file), text);
      }
      const user = ['-c', 'user.name=A tester', '-c', 'user.email=tester@example.com'];
      await git('git', ['-C', folder, 'add', '--all'], { env: labEnv(lab) });
      await git('git', ['-C', folder, ...user, 'commit', '--quiet', '--message', 'Change'], { env: labEnv(lab) });
      return (await git('git', ['-C', folder, 'rev-parse', 'HEAD'], { env: labEnv(lab) })).stdout.trim();
    },
    slipway: (...args) => desk.start(args).ended,
    start(args, env = {}, input) {
      // The loader, and not the command of tsx: that would put a process between us and the one that gets the signals.
      const loader = path.join(root, 'node_modules/tsx/dist/loader.mjs');
      const entry = fileURLToPath(new URL('./slipway.ts', import.meta.url));
      const child = spawn(process.execPath, ['--import', loader, entry, ...args], {
        cwd: folder,
        env: { ...labEnv(lab), ...env },
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      });
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
      children.add(child);
      return follow(child, `slipway ${args.join(' ')}`);
    },
    async serve() {
      const server = desk.start(['registry', 'serve', '--dir', registryFolder]);
      const address = (await server.said(/^http:\/\/\S+\n/)).trim();
      return {
        host: new URL(address).host,
        async [Symbol.asyncDispose]() {
          server.signal('SIGTERM');
          await server.ended;
        },
      };
    },
    async programs(...names) {
      // Git's own folder is no part of a context, so that what lies there changes no image.
      const programs = path.join(folder, '.git/programs');
      await mkdir(programs, { recursive: true });
      for (const name of names) await symlink(await which(name), path.join(programs, name));
      return programs;
    },
    async inEngine() {
      const filter = ['--filter', `label=${label}`];
      const containers = await docker(lab, 'ps', '--all', '--quiet', '--no-trunc', ...filter);
      const images = await docker(lab, 'image', 'ls', '--quiet', '--no-trunc', ...filter);
      return [
        ...words(containers).map((container) => `container ${container}`),
        ...words(images).map((image) => `image ${image}`),
      ];
    },
    async leftovers() {
      const runs = (await readdir(work).catch(() => [])).filter((name) => name.startsWith('run-'));
      return [...runs, ...Object.keys(await contentOf(registryFolder)), ...(await desk.inEngine())];
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      }
      for (const one of await desk.inEngine()) {
        const [kind, name = ''] = one.split(' ');
        const remove = kind === 'container' ? ['rm', '--force', '--volumes', name] : ['image', 'rm', '--force', name];
        await docker(lab, ...remove).catch(() => undefined);
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  return desk;
}

/** Every file below a folder, with the hash of its bytes and the time of its last change; none where there is no folder. */
export async function contentOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const content: Record<string, string> = {};
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const hash = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    content[path.relative(folder, file)] = `${hash} ${(await stat(file)).mtimeMs}`;
  }
  return content;
}

/** Asks again until the answer is the wanted one, and fails with the last answer after a while. */
export async function eventually<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + patienceMs / 2.5;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (Date.now() > end) throw new Error(`it did not come to be; the last answer was ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function follow(child: ChildProcess, name: string): Running {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let isHung = false;
  const timer = setTimeout(() => {
    isHung = true;
    child.kill('SIGKILL');
  }, patienceMs);
  const ended = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (isHung) reject(new Error(`${name} did not end\n${stdout}${stderr}`));
      else if (code === null) reject(new Error(`${name} was ended by ${signal}\n${stdout}${stderr}`));
      else resolve({ exitCode: code, stdout, stderr });
    });
  });
  // Whoever waits for it still sees the failure; a disposed desk does not wait.
  ended.catch(() => undefined);
  if (child.pid === undefined) throw new Error(`${name} could not be started`);
  return {
    pid: child.pid,
    ended,
    async said(pattern) {
      const find = (): string | undefined => pattern.exec(stdout)?.[0] ?? pattern.exec(stderr)?.[0];
      const answer = await eventually(
        async () => find() ?? (child.exitCode === null ? undefined : ''),
        (found) => found !== undefined,
      );
      if (answer === undefined || answer === '')
        throw new Error(`${name} ended and never said ${pattern}\n${stdout}${stderr}`);
      return answer;
    },
    signal: (name) => child.kill(name),
  };
}

async function which(program: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const names: readonly string[] = await readdir(folder).catch(() => []);
    if (names.includes(program)) return path.join(folder, program);
  }
  throw new Error(`there is no ${program} on this machine`);
}

function words(text: string): readonly string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ''))];
}
