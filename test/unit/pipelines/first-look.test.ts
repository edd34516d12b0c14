import { describe, expect, it } from '@jest/globals';
import { RemoteError } from '../../../src/domain/errors.ts';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { lookAtRights, withSignInLines } from '../../../src/pipelines/first-look.ts';
import { madePlan, madePlanned } from '../../support/made-plan.ts';
import { farOf, TwoRegistries } from '../../support/two-registries.ts';

const { repository } = madePlanned('app');
const home = 'registry.test';
const uploads = (name: string): RegExp => new RegExp(`^POST /v2/${name}/blobs/uploads/`);
const denied = async (asking: Promise<unknown>): Promise<RemoteError> => {
  const error = await asking.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof RemoteError)) throw new Error(`it was not denied: ${error}`);
  return error;
};

describe('the rights that a first job looks at', () => {
  const look = (registries: TwoRegistries, plan: Plan) =>
    lookAtRights({ registry: registries.client, host: home, plan });

  it('are not those in further registries, for which it is given no sign-in', async () => {
    const registries = new TwoRegistries();
    registries.far.fault({ on: /./, status: 403 });
    await look(registries, madePlan({ images: [madePlanned('app', { alsoIn: [farOf(repository)] })] }));
    expect(registries.far.lines).toEqual([]);
    expect(registries.writes.filter((line) => uploads('acme/app').test(line.replace('near ', '')))).toHaveLength(1);
  });

  it('are those in the repository where images are staged as well', async () => {
    const registries = new TwoRegistries();
    const stagedIn = parseRepository('registry.test/acme/app-staging', 'test');
    const plan = madePlan({ staging: 'repository', images: [madePlanned('app', { stagedIn })] });
    await look(registries, plan);
    for (const name of ['acme/app', 'acme/app-staging']) {
      expect(registries.near.lines.filter((line) => uploads(name).test(line))).toHaveLength(1);
    }
    registries.near.fault({ on: uploads('acme/app-staging'), status: 403 });
    const { code, what, next } = await denied(look(registries, plan));
    expect([code, what, next]).toEqual([
      'registry-denied',
      expect.stringContaining('acme/app-staging'),
      expect.stringContaining('      packages: write'),
    ]);
  });
});

describe('what a registry denies', () => {
  it.each([
    [401, 'registry-username'],
    [403, 'packages: write'],
  ])('with %s is told with the lines for the destination alone', async (status, line) => {
    const registries = new TwoRegistries();
    for (const one of [registries.near, registries.far]) one.fault({ on: /./, status });
    const asking = (name: typeof repository) => withSignInLines(registries.client.listTags(name), home);
    const [near, far] = [await denied(asking(repository)), await denied(asking(farOf(repository)))];
    expect(near.next).toContain(line);
    expect(far.next).not.toContain(line);
    expect(far.next).toBe('check the name, and log in to mirror.test with an account that may read it');
  });
});
