import { type GitFacts, readGit } from '../clients/git.ts';
import { ConfigError } from '../domain/errors.ts';
import type { EventFacts } from '../domain/event.ts';
import { parseEventName } from '../domain/event-name.ts';
import type { SlipwayConfig } from '../formats/config-schema.ts';
import { parseSlipwayYml } from '../formats/slipway-yml.ts';
import type { Ports } from '../ports/ports.ts';

/** What somebody at a desk asks for. */
export interface DeskOptions {
  readonly repo: string;
  readonly config?: string | undefined;
  readonly event?: string | undefined;
  readonly ref?: string | undefined;
  readonly rebuildBase?: boolean | undefined;
}

/** A repository on this machine, with everything that a plan needs to know of it. */
export interface DeskRepository {
  readonly folder: string;
  readonly config: SlipwayConfig;
  readonly configFile: string;
  readonly git: GitFacts;
  readonly event: EventFacts;
}

const configNames = ['slipway.yml', '.github/slipway.yml'];

const smallest = `write slipway.yml:
  images:
    app:
      context: .
      tests:
        - run: [your-program, --version]`;

/** Reads a repository as it lies here; the event that is not given is a push to the branch that is checked out. */
export async function readDesk(ports: Pick<Ports, 'files' | 'exec'>, options: DeskOptions): Promise<DeskRepository> {
  const folder = await ports.files.realPath(options.repo);
  if (folder === undefined) {
    throw new ConfigError({
      code: 'repository-missing',
      what: `there is no folder ${options.repo}`,
      where: '--repo',
      state: 'nothing was built',
      next: 'name the folder in which slipway.yml lies',
    });
  }
  const { config, configFile } = await readConfig(ports, folder, options.config);
  const git = await readGit(ports.exec, folder);
  const defaultBranch =
    config['default-branch'] ?? git.defaultBranch ?? (options.ref === undefined ? git.branch : null) ?? 'main';
  const event: EventFacts = {
    name: parseEventName(options.event ?? 'push'),
    ref: fullRef(options.ref ?? git.branch ?? defaultBranch),
    defaultBranch,
    untrusted: false,
    rebuildBase: options.rebuildBase ?? false,
  };
  return { folder, config, configFile, git, event };
}

/** Reads the configuration of a repository, from the file that was asked for or from where it usually lies. */
export async function readConfig(
  { files }: Pick<Ports, 'files'>,
  folder: string,
  asked: string | undefined,
): Promise<{ readonly config: SlipwayConfig; readonly configFile: string }> {
  for (const name of asked === undefined ? configNames : [asked]) {
    const path = name.startsWith('/') ? name : `${folder}/${name}`;
    const text = await files.readText(path);
    if (text !== undefined) return { config: parseSlipwayYml(text, name), configFile: name };
  }
  throw new ConfigError({
    code: 'config-missing',
    what: asked === undefined ? 'there is no slipway.yml here' : `there is no file ${asked}`,
    where: folder,
    state: 'nothing was built',
    next: smallest,
  });
}

function fullRef(ref: string): string {
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
}
