import { type Desk, openDesk } from './desk.ts';
import { crane, type Lab, tagsOf } from './lab.ts';
import { recordBeside, requestsBelow, type StandingRecord } from './runner-registry.ts';

/** The images of the example. */
export const keys = ['base', 'clock', 'greeter'] as const;

/** What a runner is given, for what happened to the repository. */
export interface Happening {
  readonly event: string;
  readonly payload: unknown;
}

/** The hello example as a repository whose images are published in a place of their own in the lab's registry. */
export interface Hello extends AsyncDisposable {
  readonly desk: Desk;
  readonly folder: string;
  readonly prefix: string;
  /** The tags of each image, sorted, but for those by which referrers are found. */
  tags(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** The digest of an image under a tag, by crane. */
  digest(key: string, tag: string): Promise<string>;
  /** The record beside an image, by the tag schema for referrers, with the digest of its bytes. */
  record(key: string, digest: string): Promise<StandingRecord>;
  /** Every request that the registry got for these images, as `METHOD path`. */
  requests(): Promise<readonly string[]>;
}

const repository = { full_name: 'acme/hello', default_branch: 'main' };

/** A version tag was pushed. */
export const versionTag: Happening = { event: 'push', payload: { ref: 'refs/tags/1.0.0', repository } };

/** A commit was pushed to main. */
export const mainPush: Happening = { event: 'push', payload: { ref: 'refs/heads/main', repository } };

/** A pull request into main, from this repository or from that of somebody else. */
export function pullRequest(from = repository.full_name): Happening {
  const head = { ref: 'topic', sha: '0'.repeat(40), repo: { full_name: from } };
  const base = { ref: 'main', repo: { full_name: repository.full_name } };
  return { event: 'pull_request', payload: { number: 1, pull_request: { number: 1, head, base }, repository } };
}

/** Those of the requests that would write. */
export function writesAmong(requests: readonly string[]): readonly string[] {
  return requests.filter((request) => /^(PUT|POST|PATCH|DELETE) /.test(request));
}

/** Opens the example; `change` is made to its slipway.yml before the first commit that counts. */
export async function openHello(lab: Lab, change: (config: string) => string = (config) => config): Promise<Hello> {
  const desk = await openDesk(lab);
  const name = `${desk.id}/hello`;
  const prefix = `${lab.registry}/${name}`;
  await desk.edit('slipway.yml', (text) => change(text.replace('ghcr.io/org/hello', prefix)));
  await desk.commit();
  return {
    desk,
    folder: desk.folder,
    prefix,
    async tags() {
      const found = keys.map(async (key): Promise<[string, readonly string[]]> => {
        const tags = await tagsOf(lab, `${prefix}/${key}`);
        return [key, tags.filter((tag) => !/^sha256-[0-9a-f]{64}$/.test(tag)).sort()];
      });
      return Object.fromEntries(await Promise.all(found));
    },
    digest: (key, tag) => crane(lab, 'digest', `${prefix}/${key}:${tag}`),
    record: (key, digest) => recordBeside(lab, `${prefix}/${key}`, digest),
    requests: () => requestsBelow(lab, name),
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  };
}
