import { createRegistryClient, type RegistryClient } from '../../src/clients/registry/client.ts';
import { parseRepository, type Repository } from '../../src/domain/image-ref.ts';
import type { Http } from '../../src/ports/http.ts';
import { FakeRegistry } from './fake-registry.ts';
import type { MadeRelease } from './release-set.ts';

/** The second registry, with a path. */
export const farPrefix = 'mirror.test/team';

/** Two registries that know nothing of each other, and one client for both. */
export class TwoRegistries {
  readonly near = new FakeRegistry();
  readonly far = new FakeRegistry();
  readonly http: Http;
  readonly client: RegistryClient;

  constructor() {
    const farHost = new URL(`https://${farPrefix}`).host;
    let made = 0;
    const hex = (digits: number): string => {
      made += 1;
      return made.toString(16).padStart(digits, '0').slice(-digits);
    };
    this.http = {
      send: (request) => (new URL(request.url).host === farHost ? this.far : this.near).http.send(request),
    };
    this.client = createRegistryClient({ http: this.http, clock: this.near.clock, random: { hex } });
  }

  /** Every request so far that was no look. */
  get writes(): readonly string[] {
    const of = (name: string, { lines }: FakeRegistry): readonly string[] =>
      lines.filter((line) => !/^(GET|HEAD) /.test(line)).map((line) => `${name} ${line}`);
    return [...of('near', this.near), ...of('far', this.far)];
  }
}

/** The same place in the second registry. */
export function farOf(repository: Repository): Repository {
  return parseRepository(`${farPrefix}/${repository.split('/').at(-1)}`, 'test');
}

/** What every tag of a release names in the second registry. */
export async function namedFar(
  registries: TwoRegistries,
  { images, plan }: MadeRelease,
): Promise<Readonly<Record<string, string | undefined>>> {
  const tags = [...(plan.images[0]?.tags.immutable ?? []), ...(plan.images[0]?.tags.floating ?? [])];
  const pairs = await Promise.all(
    images.flatMap(({ repository }, place) =>
      tags.map(async (tag) => [`image${place}:${tag}`, await registries.far.named(farOf(repository), tag)] as const),
    ),
  );
  return Object.fromEntries(pairs);
}
