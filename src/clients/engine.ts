import { type Digest, isDigest } from '../domain/digest.ts';
import { ToolError } from '../domain/errors.ts';
import { type Platform, parsePlatform } from '../domain/platform.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exec } from '../ports/exec.ts';
import { type Container, type ContainerRun, createContainer, ownerLabel } from './engine-container.ts';
import { lastLine, loadFailed, saveFailed, tagFailed } from './engine-failure.ts';

export type { Container };

/** An image as the engine keeps it; on a classic store the id is that of the config, on others that of the manifest or index. */
export interface EngineImage {
  readonly id: Digest;
  readonly layers: readonly Digest[];
}

const state = 'nothing of this image was published';
const pullAttempts = 3;
/** How engines say that nobody answered them. */
const unreached = /connection refused|no route to host|network is unreachable|i\/o timeout|Client\.Timeout exceeded/i;
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

  /** Pulls one platform of an image by its digest; false where the engine does not reach the registry at all. */
  async pull(repository: string, digest: Digest, platform: Platform): Promise<boolean> {
    const args = ['pull', '--quiet', '--platform', platform, `${repository}@${digest}`];
    for (let attempt = 1; ; attempt++) {
      const result = await this.#exec.run('docker', args, { timeoutMs: 600_000 });
      if (result.exitCode === 0) return true;
      if (unreached.test(result.stderr)) return false;
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
    await this.untag(`${repository}@${digest}`);
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
  create(reference: string, platform: Platform, run: ContainerRun): Promise<Container> {
    return createContainer({ exec: this.#exec, clock: this.#clock }, { reference, platform, run });
  }

  /** Gives an image of the engine another name; what had the name before loses it. */
  async tag(reference: string, name: string): Promise<void> {
    const result = await this.#exec.run('docker', ['tag', reference, name], { timeoutMs: 60_000, cleanup: true });
    if (result.exitCode !== 0) throw tagFailed(name, result);
  }

  /** Takes a name away, and tells whether there was one; the content stays for as long as something else names it. */
  async untag(name: string): Promise<boolean> {
    const args = ['image', 'rm', '--no-prune', name];
    return (await this.#exec.run('docker', args, { timeoutMs: 60_000, cleanup: true })).exitCode === 0;
  }

  /** Removes the containers of an owner, with the networks and volumes of its services, and tells how many containers there were. */
  async removeOwned(owner: string): Promise<number> {
    const filter = `label=${ownerLabel}=${owner}`;
    const count = await this.#removeListed(['ps', '--all'], { filter, removal: ['rm', '--force', '--volumes'] });
    await this.#removeListed(['network', 'ls'], { filter, removal: ['network', 'rm'] });
    await this.#removeListed(['volume', 'ls'], { filter, removal: ['volume', 'rm', '--force'] });
    return count;
  }

  async #removeListed(
    list: readonly string[],
    { filter, removal }: { readonly filter: string; readonly removal: readonly string[] },
  ): Promise<number> {
    const args = [...list, '--quiet', '--filter', filter];
    const listed = await this.#exec.run('docker', args, { timeoutMs: 60_000, cleanup: true });
    const ids = listed.stdout.split('\n').filter((id) => id !== '');
    if (ids.length > 0) await this.#exec.run('docker', [...removal, ...ids], { timeoutMs: 120_000, cleanup: true });
    return ids.length;
  }
}
