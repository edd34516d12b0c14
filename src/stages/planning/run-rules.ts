import type { GitChanges } from '../../clients/git-changes.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { EventFacts } from '../../domain/event.ts';
import { type GivenTags, parseGivenTags } from '../../domain/given-tags.ts';
import { parseTag, type Tag } from '../../domain/image-ref.ts';
import { isOfReleases } from '../../domain/image-tags.ts';
import type { RunFacts } from '../../domain/plan.ts';
import { type Rights, rightsOf } from '../../domain/rights.ts';
import { type TagPlan, tagsOf } from '../../domain/tags.ts';
import type { Version } from '../../domain/version.ts';
import { chooseVersion } from '../../domain/version-source.ts';
import type { ProjectConfig } from '../../formats/config-schema.ts';
import { pathMatcher } from '../../formats/dockerignore.ts';
import type { Ports } from '../../ports/ports.ts';
import { decideCaches, type RunCaches } from './caches.ts';

/** What decides about a run, whatever its images are. */
export interface RunQuestion {
  readonly folder: string;
  readonly config: ProjectConfig;
  readonly configFile: string;
  readonly event: EventFacts;
  readonly run: RunFacts;
  /** Tags that another tool chose for this run. */
  readonly givenTags?: { readonly text: string; readonly where: string } | undefined;
  readonly dependencies?: (() => Promise<GitChanges>) | undefined;
}

/** What a run may do, and the tags that it gives. */
export interface RunRules {
  readonly version: Version | undefined;
  readonly rights: Rights;
  readonly tags: TagPlan;
  readonly given: GivenTags | undefined;
  readonly caches: RunCaches;
}

/** Decides about a run by its event, its version and the wishes of the project. */
export async function decideRun(ports: Pick<Ports, 'files' | 'clock'>, question: RunQuestion): Promise<RunRules> {
  const { config, configFile, event, run, givenTags } = question;
  const { latest, rebuilds, 'version-scheme': scheme, 'prerelease-tag': channel } = config;
  const version = await readVersion(ports, question);
  const manualRefs = config['manual-refs'];
  const decided = rightsOf(event, version, {
    scheme,
    isManualRef: manualRefs === undefined ? undefined : pathMatcher(manualRefs, 'manual-refs'),
    stagePullRequests: config['stage-pull-requests'],
  });
  const caches = await decideCaches({
    event,
    rights: decided,
    cache: config.cache,
    configFile,
    dependencies: question.dependencies,
  });
  const date = ports.clock.now();
  return {
    version,
    rights: caches.rights,
    tags: tagsOf(event, decided, version, {
      ...{ number: run.number, date, latest, rebuilds, scheme },
      channel: channel === undefined ? undefined : parseChannel(channel, configFile),
    }),
    given: givenTags === undefined ? undefined : parseGivenTags(givenTags.text, givenTags.where),
    caches,
  };
}

/** The tag of prereleases has a name of its own: others have a meaning already. */
function parseChannel(text: string, file: string): Tag {
  const tag = parseTag(text, `prerelease-tag in ${file}`);
  if (!isOfReleases(tag)) return tag;
  throw new ConfigError({
    code: 'prerelease-tag-reserved',
    what: `${tag} is a tag of releases, so it cannot follow prereleases`,
    where: `prerelease-tag in ${file}`,
    state: 'nothing was built',
    next: 'name another one, such as next; "latest: { prereleases: true }" lets latest follow them',
  });
}

async function readVersion(ports: Pick<Ports, 'files'>, question: RunQuestion): Promise<Version | undefined> {
  const { folder, config, event } = question;
  const file = config['version-file'];
  const text = await ports.files.readText(`${folder}/${file}`);
  const given = text === undefined ? undefined : { text, where: { file } };
  return chooseVersion(event, given, config['version-scheme'])?.version;
}
