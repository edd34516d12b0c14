import { type Digest, isDigest } from '../domain/digest.ts';
import { ToolError } from '../domain/errors.ts';
import { type Platform, parsePlatform } from '../domain/platform.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exec } from '../ports/exec.ts';
import { lastLine, loadFailed, saveFailed } from './engine-failure.ts';

/** A container that was made and not started; disposing of it stops and removes it with its volumes. */
export interface Container extends AsyncDisposable {
  readonly id: string;
  /** The image that the engine made it of: the manifest's digest, or on a classic store the config's. */
  readonly image: string;
  run(
    onLine: (line: string) => void,
    timeoutMs: number,
  ): Promise<{ readonly exitCode: number; readonly timedOut: boolean }>;
}

/** An image as the engine keeps it; on a classic store the id is that of the config, on others that of the manifest or index. */
export interface EngineImage {
  readonly id: Digest;
  readonly layers: readonly Digest[];
}

/** What a container is to do, and for whom. */
export interface ContainerRun {
  readonly command: readonly string[];
  /** A name that nobody else has, so that what a killed run left can be found and removed. */
  readonly owner: string;
}

const ownerLabel = 'slipway.owner';
const state = 'nothing of this image was published';
const pullAttempts = 3;
/** An image may have many gigabytes, and a disk may be slow. */
const transferMs = 3_600_000;

/** The container engine, by its command line. */
export class Engine {
  readonly #exec: Exec;
  readonly #clock: Clock;

  constructor(ports: { readonly exec: Exec; readonly clock: Clock }) {
    this.#exec = ports.exec;
    this.#clock = ports.clock;
  }

  /** The engine's version, or undefined when none answers. */
  async version(): Promise<string | undefined> {
    const result = await this.#exec.run('docker', ['version', '--format', '{{.Server.Version}}'], {
      timeoutMs: 30_000,
    });
    return result.exitCode === 0 ? result.stdout.trim() : undefined;
  }

  /** Pulls one platform of an image by its digest. */
  async pull(repository: string, digest: Digest, platform: Platform): Promise<void> {
    const args = ['pull', '--quiet', '--platform', platform, `${repository}@${digest}`];
    for (let attempt = 1; ; attempt++) {
      const result = await this.#exec.run('docker', args, { timeoutMs: 600_000 });
      if (result.exitCode === 0) return;
      // Another run that removes the same image may sweep content from under this pull; a second pull brings it again.
      const isSwept = /content digest \S+ not found/.test(result.stderr);
      if (!isSwept || attempt === pullAttempts) {
        throw new ToolError({
          code: 'engine-pull-failed',
          what: `the engine could not take the image: ${lastLine(result.stderr)}`,
          where: `${repository}@${digest} for ${platform}`,
          state,
          next: 'is the engine on another machine? It must reach this one; ask `slipway doctor`',
        });
      }
      await this.#clock.sleep(200 * attempt);
    }
  }

  /** Forgets an image under the name by which it was pulled; others may still use its layers. */
  async forget(repository: string, digest: Digest): Promise<void> {
    const args = ['image', 'rm', '--no-prune', `${repository}@${digest}`];
    await this.#exec.run('docker', args, { timeoutMs: 60_000, cleanup: true });
  }

  /** The platform of the engine itself, or undefined when none answers. */
  async platform(): Promise<Platform | undefined> {
    const args = ['version', '--format', '{{.Server.Os}}/{{.Server.Arch}}'];
    const result = await this.#exec.run('docker', args, { timeoutMs: 30_000 });
    return result.exitCode === 0 ? parsePlatform(result.stdout) : undefined;
  }

  /** Writes an image of the engine to an archive, as much of it as the engine has. */
  async save(reference: string, path: string): Promise<void> {
    const result = await this.#exec.run('docker', ['save', '--output', path, reference], { timeoutMs: transferMs });
    if (result.exitCode !== 0) throw saveFailed(reference, result);
  }

  /** Takes the images of an archive. */
  async load(path: string): Promise<void> {
    const result = await this.#exec.run('docker', ['load', '--quiet', '--input', path], { timeoutMs: transferMs });
    if (result.exitCode !== 0) throw loadFailed(path, result);
  }

  /** What the engine holds under a name: its own id of it, and the digests of the unpacked layers. */
  async image(reference: string): Promise<EngineImage | undefined> {
    const format = '{{.Id}}{{range .RootFS.Layers}} {{.}}{{end}}';
    const args = ['image', 'inspect', '--format', format, reference];
    const result = await this.#exec.run('docker', args, { timeoutMs: 60_000 });
    const [id, ...layers] = result.stdout.trim().split(' ').filter(isDigest);
    return result.exitCode === 0 && id !== undefined ? { id, layers } : undefined;
  }

  /** Makes a container that gets nothing of our environment. */
  async create(repository: string, digest: Digest, platform: Platform, run: ContainerRun): Promise<Container> {
    const { command, owner } = run;
    const reference = `${repository}@${digest}`;
    const args = ['create', '--pull', 'never', '--platform', platform, '--label', `${ownerLabel}=${owner}`];
    args.push(reference, ...command);
    // To its end, whatever is asked of us meanwhile: a container of which nobody knows the id cannot be removed.
    const made = await this.#exec.run('docker', args, { timeoutMs: 60_000, cleanup: true });
    const id = made.stdout.trim().split('\n').at(-1) ?? '';
    if (made.exitCode !== 0 || !/^[0-9a-f]{64}$/.test(id)) {
      throw new ToolError({
        code: 'engine-create-failed',
        what: `the engine could not make a container: ${lastLine(made.stderr)}`,
        where: reference,
        state,
        next:
          command.length === 0
            ? 'the image has no command of its own: give the test one'
            : 'does the command exist in the image?',
      });
    }
    const remove = async (): Promise<void> => {
      await this.#exec.run('docker', ['rm', '--force', '--volumes', id], { timeoutMs: 60_000, cleanup: true });
    };
    const image = await this.#imageOf(id).catch(async (error: unknown) => {
      await remove();
      throw error;
    });
    return {
      id,
      image,
      run: (onLine, timeoutMs) => this.#start(id, onLine, timeoutMs),
      [Symbol.asyncDispose]: remove,
    };
  }

  async #imageOf(id: string): Promise<string> {
    const inspected = await this.#exec.run('docker', ['inspect', '--format', '{{.Image}}', id], { timeoutMs: 30_000 });
    return inspected.stdout.trim();
  }

  /** Removes the containers of an owner, and tells how many there were. */
  async removeOwned(owner: string): Promise<number> {
    const listed = await this.#exec.run(
      'docker',
      ['ps', '--all', '--quiet', '--filter', `label=${ownerLabel}=${owner}`],
      {
        timeoutMs: 60_000,
        cleanup: true,
      },
    );
    const ids = listed.stdout.split('\n').filter((id) => id !== '');
    if (ids.length > 0) {
      await this.#exec.run('docker', ['rm', '--force', '--volumes', ...ids], { timeoutMs: 120_000, cleanup: true });
    }
    return ids.length;
  }

  async #start(
    id: string,
    onLine: (line: string) => void,
    timeoutMs: number,
  ): Promise<{ readonly exitCode: number; readonly timedOut: boolean }> {
    const started = this.#clock.now().getTime();
    const result = await this.#exec.run('docker', ['start', '--attach', id], { timeoutMs, onLine });
    const timedOut = result.exitCode === 124 && this.#clock.now().getTime() - started >= timeoutMs;
    return { exitCode: result.exitCode, timedOut };
  }
}
