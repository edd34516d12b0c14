import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

/** Where one checkout's lab keeps its things. */
export interface Layout {
  readonly root: string;
  /** `<checkout>/.lab`: everything but sockets. */
  readonly stateDir: string;
  readonly stateFile: string;
  readonly servicesDir: string;
  readonly logsDir: string;
  readonly dockerConfig: string;
  /** A unix socket's path ends at 108 bytes, so sockets live in a short folder of their own. */
  readonly socketDir: string;
  readonly lockFile: string;
  /** Tools of all checkouts, one folder per version. */
  readonly cacheDir: string;
  /** Eight hexadecimal digits that tell this checkout from others on the machine. */
  readonly id: string;
}

/** Derives all places from the checkout's path, so that two checkouts never share one. */
export function layoutOf(root: string, env: NodeJS.ProcessEnv = process.env): Layout {
  const id = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const stateDir = path.join(root, '.lab');
  const socketDir = path.join(tmpdir(), `slipway-lab-${id}`);
  return {
    root,
    stateDir,
    stateFile: path.join(stateDir, 'state.json'),
    servicesDir: path.join(stateDir, 'services'),
    logsDir: path.join(stateDir, 'logs'),
    dockerConfig: path.join(stateDir, 'docker-config'),
    socketDir,
    lockFile: `${socketDir}.lock`,
    cacheDir: path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'slipway-lab'),
    id,
  };
}
