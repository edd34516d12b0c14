import { type PublishedName, readImageInput } from '../../domain/devcontainer/image-input.ts';
import type { PrebuildOutcome } from '../../domain/devcontainer/outcome.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { EventFacts } from '../../domain/event.ts';
import type { Cache } from '../../ports/cache.ts';
import type { Ports } from '../../ports/ports.ts';
import { prebuild } from '../devcontainer.ts';
import { removeLeft } from '../leftovers.ts';
import type { PrebuildChoices } from './choices.ts';
import { readEnvLines } from './env-lines.ts';

/** What a person asks for at a desk. */
export interface DeskWish {
  readonly repo: string;
  readonly config: string | undefined;
  readonly image: string | undefined;
  readonly push: boolean;
  readonly env: readonly string[];
  readonly venv: PrebuildChoices['venv']['manager'];
  readonly command: string | undefined;
}

/** Somebody who sits at the machine proposes nothing, and publishes only what is said. */
const event: EventFacts = {
  name: 'push',
  ref: 'refs/heads/main',
  defaultBranch: 'main',
  untrusted: false,
  rebuildBase: false,
  before: null,
  base: null,
  head: null,
  prerelease: false,
  target: null,
};

/** The same as the action, on this machine: packages stay where they are, and the container goes when all is done. */
export async function devcontainerAtDesk(
  ports: Ports & { readonly cache: Cache },
  cli: PrebuildChoices['cli'],
  wish: DeskWish,
): Promise<PrebuildOutcome> {
  const folder = await ports.files.realPath(wish.repo);
  if (folder === undefined) throw noFolder(wish.repo);
  const name = wish.image === undefined ? undefined : readImageInput(wish.image, '--image');
  if (wish.push && name === undefined) throw nowhere();
  const owner = `desk-${ports.random.hex(12)}`;
  const place = (await ports.files.tempFolder('slipway-devcontainer-')).path;
  let builder: string | undefined;
  try {
    return await prebuild(ports, choicesOf(wish, { folder, name, cli, env: readEnvLines(wish.env, ports) }), {
      place: {
        owner,
        folder: place,
        onBuilder: async (made) => {
          builder = made;
        },
      },
      onProgress: async () => {},
    });
  } finally {
    await removeLeft(ports, { owner, builder, folder: place });
  }
}

interface Given extends Pick<PrebuildChoices, 'folder' | 'cli' | 'env'> {
  readonly name: PublishedName | undefined;
}

function choicesOf({ config, push, venv, command }: DeskWish, given: Given): PrebuildChoices {
  return {
    ...given,
    config,
    event,
    push: { mode: push ? 'always' : 'never', events: [] },
    signIn: undefined,
    allow: [],
    platforms: [],
    extraFiles: [],
    refresh: { mode: 'missing', maxAgeDays: undefined },
    cacheFrom: [],
    cacheTo: undefined,
    builder: {},
    updateUid: true,
    venv: { manager: venv, project: '.', args: [] },
    caches: { paths: [], keyFiles: [] },
    command,
  };
}

function noFolder(repo: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-missing',
    what: 'there is no such folder',
    where: repo,
    state: 'nothing was built',
    next: 'name the folder of a repository with --repo',
  });
}

function nowhere(): ConfigError {
  return new ConfigError({
    code: 'devcontainer-nowhere',
    what: 'something is to be published, and nothing says where',
    where: '--push',
    state: 'nothing was built',
    next: 'name the image with --image, such as ghcr.io/owner/devcontainer',
  });
}
