import { readRecords } from '../../clients/records.ts';
import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import { ConfigError, RefusedError } from '../../domain/errors.ts';
import { gitTagOf } from '../../domain/event.ts';
import type { Repository, Tag } from '../../domain/image-ref.ts';
import type { CarriedImage, Plan } from '../../domain/plan.ts';
import { mayPublish, rightsOf } from '../../domain/rights.ts';
import { compareVersions, looksLikeVersion, parseVersion, type Version } from '../../domain/version.ts';
import type { Host } from '../../ports/host.ts';

/** Which tags an image gets; names of versions are made once, all others move. */
export function tagsByKind(tags: readonly Tag[]): CarriedImage['tags'] {
  return {
    immutable: tags.filter((tag) => looksLikeVersion(tag)),
    floating: tags.filter((tag) => !looksLikeVersion(tag)),
  };
}

/** An image that was proven by some earlier run, by the record that stands beside it. */
export async function provenImage(
  registry: RegistryClient,
  image: { readonly repository: Repository; readonly digest: Digest; readonly tags: CarriedImage['tags'] },
): Promise<CarriedImage> {
  const { records, unreadable } = await readRecords(registry, image.repository, image.digest);
  const own = records.filter(({ record }) => record.digest === image.digest && record.test === 'passed');
  const found = own.at(-1);
  if (found === undefined) {
    const why =
      records.length > 0
        ? 'its record says that its tests did not pass'
        : ['there is no record', ...unreadable].join('; ');
    throw new RefusedError({
      code: 'record-missing',
      what: `nothing proves ${image.digest}: ${why}`,
      where: image.repository,
      state: 'no tag was written',
      next: 'build and test it with build-test, which puts a record beside it',
    });
  }
  const { key, identity, commit } = found.record;
  return { ...image, key, identity, commit, record: found.digest, why: 'it was named by an input' };
}

function pushedVersion(host: Host): Version | undefined {
  const tag = gitTagOf(host.event.ref);
  return tag !== undefined && compareVersions(tag, tag) === 0 ? parseVersion(tag, 'the pushed tag') : undefined;
}

/** The plan of a step that only gives tags to what is there. A run without any rights to publish is refused. */
export function tagPlan(host: Host, version: Version | null, carried: readonly CarriedImage[]): Plan {
  // A pushed version tag is the version, where no file says another.
  const rights = rightsOf(host.event, version ?? pushedVersion(host));
  if (!mayPublish(rights)) {
    throw new ConfigError({
      code: 'event-without-rights',
      what: `a run on ${host.event.name} may give no tags`,
      where: 'the event of this run',
      state: 'no tag was written',
      next: 'do it on a push, a release, a schedule or by hand',
    });
  }
  return {
    schema: 'slipway.plan/1',
    version,
    event: host.event,
    // Floating tags that are named by hand move as they are told, and yet never to an older version.
    rights: { ...rights, floating: version !== null },
    run: host.run,
    commit: null,
    commitTime: null,
    dirty: false,
    levels: [],
    rows: [],
    images: [],
    carried: [...carried],
    borrowed: [],
    notes: [],
  };
}
