import type { ArtifactFolders, Artifacts } from './artifacts.ts';
import type { Clock } from './clock.ts';
import type { Env } from './env.ts';
import type { Exec } from './exec.ts';
import type { Files } from './files.ts';
import type { Http } from './http.ts';
import type { HttpServer } from './http-server.ts';
import type { Log } from './log.ts';
import type { Outputs } from './outputs.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { Secrets } from './secrets.ts';
import type { Signals } from './signals.ts';

/** Everything outside of us; a stage asks for the part it needs. */
export interface Ports {
  readonly clock: Clock;
  readonly env: Env;
  readonly exec: Exec;
  readonly files: Files;
  readonly http: Http;
  readonly httpServer: HttpServer;
  readonly log: Log;
  readonly processes: Processes;
  readonly random: Random;
  readonly secrets: Secrets;
  readonly signals: Signals;
}

/** What is outside of an action, beside everything that is outside of the command line. */
export interface ActionPorts extends Ports {
  readonly artifacts: Artifacts;
  readonly artifactFolders: ArtifactFolders;
  readonly outputs: Outputs;
}
