import { type GitFacts, startGit } from '../clients/git.ts';
import { ConfigError } from '../domain/errors.ts';
import type { EventFacts } from '../domain/event.ts';
import { parseEventName } from '../domain/event-name.ts';
import type { ProjectConfig } from '../formats/config-schema.ts';
import { eventNameIn, githubEvent, parseGithubPayload } from '../formats/github-event.ts';
import type { Ports } from '../ports/ports.ts';
import { givenTagsIn } from './changes.ts';
import { readProject } from './project.ts';

/** What somebody at a desk asks for. */
export interface DeskOptions {
  readonly repo: string;
  readonly config?: string | undefined;
  /** Where images are published; it wins over all that is written. */
  readonly registry?: string | undefined;
  readonly event?: string | undefined;
  /** The event as GitHub gives it. */
  readonly eventFile?: string | undefined;
  /** A file of tags that another tool chose. */
  readonly tags?: string | undefined;
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
  /** The event names commits to compare with. */
  readonly isFromFile: boolean;
  readonly givenTags: { readonly text: string; readonly where: string } | undefined;
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
  const reading = startGit(ports.exec, folder);
  // Side by side: git looks through all files, and so do we.
  const [git, { config, configFile }] = await Promise.all([
    reading.facts,
    reading.remote.then((remote) => readProject(ports, folder, { ...options, asked: options.config, remote })),
  ]);
  const defaultBranch =
    config['default-branch'] ?? git.defaultBranch ?? (options.ref === undefined ? git.branch : null) ?? 'main';
  const given = options.eventFile === undefined ? undefined : await readEventFile(ports, options.eventFile);
  const name = parseEventName(options.event ?? (given === undefined ? 'push' : eventNameIn(given)));
  const ref = options.ref === undefined ? undefined : fullRef(options.ref);
  const event: EventFacts = {
    ...githubEvent(name, given ?? {}, {
      ref: ref ?? (given === undefined ? fullRef(git.branch ?? defaultBranch) : undefined),
    }),
    ...(given === undefined ? { defaultBranch, untrusted: false } : {}),
    rebuildBase: options.rebuildBase ?? false,
  };
  const givenTags =
    options.tags === undefined ? undefined : givenTagsIn(await needText(ports, options.tags, '--tags'), options.tags);
  return { folder, config, configFile, git, event, isFromFile: given !== undefined, givenTags };
}

async function readEventFile(ports: Pick<Ports, 'files'>, path: string): Promise<unknown> {
  return parseGithubPayload(await needText(ports, path, '--event-file'), path);
}

async function needText({ files }: Pick<Ports, 'files'>, path: string, option: string): Promise<string> {
  const text = await files.readText(path);
  if (text !== undefined) return text;
  throw new ConfigError({
    code: 'option-file-missing',
    what: `there is no file ${path}`,
    where: option,
    state: 'nothing was built',
    next: 'name a file that is there',
  });
}

function fullRef(ref: string): string {
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
}
