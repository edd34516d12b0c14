import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Lab } from './lab.ts';

const run = promisify(execFile);

/** A program with its arguments. */
export interface Program {
  readonly program: string;
  readonly args: readonly string[];
}

/** A user as hosted runners have one: not root, and not the first user of an image. */
export interface OtherUser extends AsyncDisposable {
  readonly uid: number;
  /** The program that starts another one as this user. */
  start(wanted: Program): Program;
  /** What the programs of this user need to reach the engine. */
  readonly env: Readonly<Record<string, string>>;
  /** Gives a folder with all that is in it to this user. */
  give(folder: string): Promise<void>;
}

const uid = 1001;
/** The tools of the lab may lie below a folder that only root can read; what is written is this user's own all the same. */
const rights = ['--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search'];
const become = ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', ...rights];
/** The user is known to the programs that are started here, and to nobody else on this machine. */
// Of the shells only bash hands on variables whose names have hyphens, as inputs have them.
const script = 'mount --bind "$0" /etc/passwd && exec setpriv "$@"';

/** Makes such a user. Who is not root is somebody else already, and stays who he is. */
export async function openOtherUser(lab: Lab): Promise<OtherUser> {
  const own = process.getuid?.() ?? uid;
  if (own !== 0) {
    return {
      uid: own,
      start: (wanted) => wanted,
      env: {},
      give: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-user-')));
  await chmod(folder, 0o755);
  const users = path.join(folder, 'passwd');
  await writeFile(users, `root:x:0:0:root:/root:/bin/sh\nrunner:x:${uid}:${uid}::${folder}:/bin/sh\n`);
  const give = async (given: string): Promise<void> => {
    await run('chown', ['--recursive', '--no-dereference', `${uid}:${uid}`, given]);
  };
  const config = path.join(folder, 'docker');
  await cp(lab.dockerConfig, config, { recursive: true, verbatimSymlinks: true });
  await give(config);
  const door = await openDoor(lab.docker.host.replace('unix://', ''), path.join(folder, 'engine.sock'));
  return {
    uid,
    start: ({ program, args }) => ({
      program: 'unshare',
      args: ['--mount', 'bash', '-c', script, users, ...become, program, ...args],
    }),
    env: { DOCKER_HOST: `unix://${door.socket}`, DOCKER_CONFIG: config },
    give,
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A socket that everybody may open, before one that belongs to root. */
async function openDoor(engine: string, socket: string): Promise<AsyncDisposable & { readonly socket: string }> {
  const open = new Set<{ destroy(): void }>();
  const server = createServer({ allowHalfOpen: true }, (outside) => {
    const inside = connect({ path: engine, allowHalfOpen: true });
    for (const end of [outside, inside]) {
      open.add(end);
      end.on('close', () => open.delete(end));
    }
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
    outside.pipe(inside);
    inside.pipe(outside);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socket, resolve);
  });
  await chmod(socket, 0o666);
  return {
    socket,
    async [Symbol.asyncDispose]() {
      for (const end of open) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
