import { describe, expect, it } from '@jest/globals';
import { parseRepository, parseTag } from '../../../src/domain/image-ref.ts';
import { matrixGenerate } from '../../../src/formats/actions/matrix-generate.ts';
import { registryOf } from '../../../src/pipelines/actions/action.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const token = 'token-of-the-job';
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

/** What is shown to the registry of an image that somebody asks for. */
async function shownTo(name: string, inputs: Parameters<typeof registryOf>[1], login?: string): Promise<string[]> {
  const repository = parseRepository(name, 'test');
  const shown: string[] = [];
  const auths = login === undefined ? {} : { [login]: { auth: Buffer.from('eve:other').toString('base64') } };
  const ports: Partial<Ports> = {
    env: { HOME: '/home/ada' },
    files: createMemoryFiles({ '/home/ada/.docker/config.json': JSON.stringify({ auths }) }),
    exec: scriptedExec([]),
    clock: fakeClock(),
    random: { hex: (digits) => '5'.repeat(digits) },
    http: {
      async send({ headers }) {
        const given = headers?.authorization;
        if (given !== undefined) shown.push(given);
        const ask: Readonly<Record<string, string>> = { 'www-authenticate': 'Basic realm="x"' };
        const body = { async *[Symbol.asyncIterator]() {} };
        const made = { status: given === undefined ? 401 : 404, headers: ask, body };
        return made as unknown as Awaited<ReturnType<Ports['http']['send']>>;
      },
    },
  };
  const client = registryOf(ports as Ports, inputs, repository);
  await client.resolve(repository, parseTag('main', 'test')).catch(() => undefined);
  return shown;
}

describe('the token of the job', () => {
  const signIn = { 'registry-username': 'ada', 'registry-password': 'word' };

  it('is shown to ghcr.io where nobody is named', async () => {
    expect(await shownTo('ghcr.io/org/app', { 'github-token': token })).toEqual([basic(`x-access-token:${token}`)]);
  });

  it.each(['quay.io/org/app', 'ghcr.io.example.com/org/app', 'registry.test/ghcr.io/app', 'index.docker.io/org/app'])(
    'is not shown to the registry of %s',
    async (name) => {
      expect(await shownTo(name, { 'github-token': token })).toEqual([]);
    },
  );

  it('comes after who is named, and after who has signed in to Docker', async () => {
    expect(await shownTo('ghcr.io/org/app', { ...signIn, 'github-token': token })).toEqual([basic('ada:word')]);
    expect(await shownTo('ghcr.io/org/app', { 'github-token': token }, 'ghcr.io')).toEqual([basic('eve:other')]);
  });

  it.each([
    ['', undefined],
    [`\${{ github.token }}`, undefined],
    [token, token],
  ])('is what the runner fills in: %j', (given, read) => {
    expect(matrixGenerate.inputs.parse({ 'github-token': given })['github-token']).toBe(read);
  });
});
