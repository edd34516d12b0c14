import { type GitFacts, readGit } from '../clients/git.ts';
import { ConfigError } from '../domain/errors.ts';
import type { EventFacts } from '../domain/event.ts';
import { parseEventName } from '../domain/event-name.ts';
import type { ProjectConfig } from '../formats/config-schema.ts';
import type { Ports } from '../ports/ports.ts';
import { readProject } from './project.ts';

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
  readonly config: ProjectConfig;
  readonly configFile: string;
  readonly git: GitFacts;
  readonly event: EventFacts;
}

/** Reads a repository as it lies here; the event that is not given is a push to the branch that is checked out. */
export async function readDesk(
  ports: Pick<Ports, 'files' | 'exec' | 'env'>,
  options: DeskOptions,
): Promise<DeskRepository> {
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
  const git = await readGit(ports.exec, folder);
  const { config, configFile } = await readProject(ports, folder, { asked: options.config, remote: git.remote });
  const defaultBranch =
    config['default-branch'] ?? git.defaultBranch ?? (options.ref === undefined ? git.branch : null) ?? 'main';
  const event: EventFacts = {
    name: parseEventName(options.event ?? 'push'),
    ref: fullRef(options.ref ?? git.branch ?? defaultBranch),
    defaultBranch,
    untrusted: false,
    rebuildBase: options.rebuildBase ?? false,
    before: null,
    base: null,
    head: null,
  };
  return { folder, config, configFile, git, event };
}

function fullRef(ref: string): string {
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
}
