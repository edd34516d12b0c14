import { afterEach, describe, expect, it } from '@jest/globals';
import type { Credentials } from '../../../src/clients/registry/login.ts';
import type { Door } from '../../support/fault-proxy/fault-script.ts';
import {
  type FaultyOptions,
  type FaultyRegistry,
  failureOf,
  missingFrom,
  piecesOf,
  pushMade,
  startFaulty,
} from '../../support/fault-proxy/faulty-registry.ts';
import { madeBlob, madeImage } from '../../support/made-image.ts';
import { tag } from '../../support/registries.ts';

const image = madeImage({ layers: 3 });
const v1 = tag('v1');
const { digest } = image.manifest;
const secret = 'very-secret-word';
const ann = async (): Promise<Credentials> => ({ kind: 'password', username: 'ann', password: secret });
const wrong = async (): Promise<Credentials> => ({ kind: 'password', username: 'ann', password: `${secret}-not` });
const users = { ann: secret };

let faulty: FaultyRegistry;

afterEach(async () => faulty?.[Symbol.asyncDispose]());

const start = async (options: FaultyOptions): Promise<void> => {
  faulty = await startFaulty(options);
};
const tokens = () => faulty.proxy.log.of('token').length;
const requests = () => faulty.proxy.log.entries.length - tokens();
const refused = () => faulty.proxy.log.entries.filter(({ status }) => status === 401).length;

describe('a token', () => {
  it.each([1, 2, 3])(
    'F07 that ends after %d requests is replaced until all of an image is there',
    async (goodForRequests) => {
      await start({ door: { kind: 'bearer', users, goodForRequests }, credentials: ann });
      await pushMade(faulty, image, 'v1', 1);
      expect(await missingFrom(faulty.direct, image)).toEqual([]);
      // One for each refusal and no more.
      expect(tokens()).toBeLessThanOrEqual(refused());
    },
  );

  it('F07 that ends between two pieces of a layer does not end the upload', async () => {
    const layer = madeBlob('application/octet-stream', Buffer.alloc(400_000, 'slipway '));
    await start({
      door: { kind: 'bearer', users, goodForRequests: 4 },
      credentials: ann,
      chunkBytes: 65_536,
    });
    const { client, repository, direct, proxy } = faulty;
    await client.writeBlob(repository, { descriptor: layer.descriptor, open: async () => piecesOf(layer.bytes) });
    expect(proxy.log.of('upload-patch').length).toBeGreaterThan(6);
    expect(refused()).toBeGreaterThan(1);
    expect(await direct.client.hasBlob(direct.repository, layer.descriptor)).toBe(true);
    // A piece that was refused goes on in the same upload.
    expect(proxy.log.of('upload-start').filter(({ status }) => status === 202)).toHaveLength(1);
  });

  it('F07 that ends with its upload under way does not end the upload', async () => {
    const layer = madeBlob('application/octet-stream', Buffer.alloc(200_000, 'slipway '));
    await start({ door: { kind: 'bearer', users }, credentials: ann });
    const { client, repository, direct, proxy } = faulty;
    let opened = 0;
    const open = async () => {
      opened += 1;
      if (opened === 1) proxy.expireTokens();
      return piecesOf(layer.bytes);
    };
    await client.writeBlob(repository, { descriptor: layer.descriptor, open });
    expect(await direct.client.hasBlob(direct.repository, layer.descriptor)).toBe(true);
  });

  it('F07 with expires_in 0 is good for the request that it was got for', async () => {
    await start({ door: { kind: 'bearer', users, expiresIn: 0 }, credentials: ann });
    await pushMade(faulty, image, 'v1');
    expect(await missingFrom(faulty.direct, image)).toEqual([]);
    expect(tokens()).toBeLessThanOrEqual(requests());
  });

  it('F07 without a lifetime is used again', async () => {
    await start({ door: { kind: 'bearer', expiresIn: null } });
    await pushMade(faulty.direct, image, 'v1');
    for (let time = 0; time < 5; time += 1) await faulty.client.resolve(faulty.repository, v1);
    expect(tokens()).toBe(1);
  });

  it.each([-86_400, 86_400])('F07 of a server whose clock is %d s off lives as long as it says', async (off) => {
    const date = new Date(Date.now() + off * 1000).toUTCString();
    const rules = [{ match: { kind: 'token' }, fault: { kind: 'rewrite', headers: { date } } }] as const;
    await start({ door: { kind: 'bearer', expiresIn: 300 }, rules });
    await pushMade(faulty.direct, image, 'v1');
    const resolve = () => faulty.client.resolve(faulty.repository, v1);
    await resolve();
    await resolve();
    expect(tokens()).toBe(1);
    await faulty.clock.sleep(301_000);
    await resolve();
    expect(tokens()).toBe(2);
    expect(refused()).toBe(1);
  });

  it('F07 that is not given at first is asked for again', async () => {
    const rules = [{ match: { kind: 'token' }, first: 2, fault: { kind: 'answer', status: 503 } }] as const;
    await start({ door: { kind: 'bearer' }, rules });
    await pushMade(faulty.direct, image, 'v1');
    expect((await faulty.client.resolve(faulty.repository, v1))?.digest).toBe(digest);
    expect(faulty.clock.slept).toHaveLength(2);
  });

  it('F07 is got with the refresh token of a login', async () => {
    const identity = async (): Promise<Credentials> => ({ kind: 'identity', token: secret });
    await start({
      door: { kind: 'bearer', users, refreshTokens: [secret], goodForRequests: 2 },
      credentials: identity,
    });
    await pushMade(faulty, image, 'v1', 1);
    expect(await missingFrom(faulty.direct, image)).toEqual([]);
    expect(faulty.proxy.log.of('token').every(({ method }) => method === 'POST')).toBe(true);
  });

  it('F07 that grants too little is asked for once more and then denied', async () => {
    await start({ door: { kind: 'bearer', users, grants: 'pull' }, credentials: ann });
    expect(await failureOf(faulty.client.requirePush(faulty.repository))).toMatchObject({ code: 'registry-denied' });
    expect(tokens()).toBeLessThanOrEqual(2);
    expect(faulty.clock.slept).toEqual([]);
  });
});

interface Closed {
  readonly name: string;
  readonly door: Door;
  readonly credentials: () => Promise<Credentials>;
}

const closed: readonly Closed[] = [
  { name: 'says 401 to every token', door: { kind: 'bearer', users, refuses: 401 }, credentials: ann },
  { name: 'says 401 to every password', door: { kind: 'basic', users, refuses: 401 }, credentials: ann },
  { name: 'says 403', door: { kind: 'bearer', users, refuses: 403 }, credentials: ann },
  { name: 'knows another password', door: { kind: 'basic', users }, credentials: wrong },
  { name: 'has a token server that knows another password', door: { kind: 'bearer', users }, credentials: wrong },
];

describe.each(closed)('a registry that $name', ({ door, credentials }) => {
  const attempts = {
    read: () => faulty.client.resolve(faulty.repository, v1),
    write: () => faulty.client.putManifest(faulty.repository, v1, image.manifest),
  };

  it.each(Object.entries(attempts))(
    'F08 denies a %s after two requests at most, without waiting',
    async (_, attempt) => {
      await start({ door, credentials });
      const error = await failureOf(attempt());
      expect(error).toMatchObject({ code: 'registry-denied' });
      expect(requests()).toBeLessThanOrEqual(2);
      expect(tokens()).toBeLessThanOrEqual(2);
      expect(faulty.clock.slept).toEqual([]);
    },
  );

  it('F08 is named in the error, and the secret is not', async () => {
    await start({ door, credentials });
    const { what, where, state, next, message, stack } = await failureOf(attempts.write());
    expect(what).toContain(faulty.proxy.host);
    expect(where).toContain(faulty.repository);
    expect(next).toContain('log in');
    const all = JSON.stringify([what, where, state, next, message, stack]);
    expect(all).not.toContain(secret);
    expect(all).not.toContain(Buffer.from(`ann:${secret}`).toString('base64').slice(0, 16));
  });

  it('F08 denies somebody, and the error says whom', async () => {
    await start({ door, credentials });
    const { what, where, next } = await failureOf(attempts.write());
    expect(`${what} ${where} ${next}`).toContain('ann');
  });
});

describe('an answer that repeats what it was sent', () => {
  it('F08 is quoted without the secret', async () => {
    const sent = Buffer.from(`ann:${secret}`).toString('base64');
    const body = { errors: [{ code: 'DENIED', message: `Authorization: Basic ${sent} (password ${secret})` }] };
    await start({
      door: { kind: 'basic', users },
      credentials: ann,
      rules: [{ fault: { kind: 'answer', status: 403, body } }],
    });
    const error = await failureOf(
      faulty.client.resolve(faulty.repository, v1).then(() => faulty.client.listTags(faulty.repository)),
    );
    const all = JSON.stringify([error.what, error.where, error.next, error.message, error.stack]);
    expect(all).not.toContain(secret);
    expect(all).not.toContain(sent);
  });
});
