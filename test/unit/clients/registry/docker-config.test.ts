import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDockerLogin } from '../../../../src/clients/registry/docker-config.ts';
import { ConfigError } from '../../../../src/domain/errors.ts';

const where = '/home/anna/.docker/config.json';
const auth = (text: string) => Buffer.from(text).toString('base64');
const read = (config: unknown, host: string) => readDockerLogin(JSON.stringify(config), host, where);
const anna = { kind: 'password', username: 'anna', password: 'word' };
const login = { auth: auth('anna:word') };

describe('what a docker configuration stores', () => {
  it.each([
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'docker.io'],
    ['docker.io', 'index.docker.io'],
    ['docker.io', 'https://registry-1.docker.io/v2/'],
    ['ghcr.io', 'ghcr.io'],
    ['ghcr.io', 'https://ghcr.io'],
    ['ghcr.io', 'https://GHCR.io/'],
    ['ghcr.io', 'https://ghcr.io/v2/'],
    ['localhost:5000', 'http://localhost:5000'],
  ])('is for %s what stands under %s', (host, key) => {
    expect(read({ auths: { [key]: login } }, host)).toEqual({ stored: anna });
  });

  it.each([
    ['ghcr.io', 'ghcr.io.evil.example'],
    ['ghcr.io', 'ghcr.io/acme'],
    ['localhost:5000', 'localhost'],
    ['localhost', 'localhost:5000'],
    ['docker.io', 'https://evil.example/index.docker.io/v1/'],
    ['ghcr.io', 'https://index.docker.io/v1/'],
  ])('is for %s not what stands under %s', (host, key) => {
    expect(read({ auths: { [key]: login } }, host)).toEqual({});
  });

  it('prefers the very name to one that means the same', () => {
    const auths = { 'https://ghcr.io': { auth: auth('other:word') }, 'ghcr.io': login };
    expect(read({ auths }, 'ghcr.io')).toEqual({ stored: anna });
  });

  it.each([
    [{ username: 'anna', password: 'word' }, anna],
    [{ auth: auth('anna:word\0\0') }, anna],
    [{ auth: auth('anna:a:b') }, { ...anna, password: 'a:b' }],
    [{ auth: auth('anna:wörd') }, { ...anna, password: 'wörd' }],
    [{ auth: auth('<token>:abc') }, { kind: 'identity', token: 'abc' }],
    [
      { auth: auth('anna:'), identitytoken: 'abc' },
      { kind: 'identity', token: 'abc' },
    ],
    [{ auth: auth('anna') }, undefined],
    [{ auth: auth(':word') }, undefined],
    [{ auth: '!!!' }, undefined],
    [{}, undefined],
  ])('reads the entry %j', (entry, stored) => {
    expect(read({ auths: { 'ghcr.io': entry } }, 'ghcr.io').stored).toEqual(stored);
  });

  it('reads back every name and password', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !text.includes(':') && text !== '<token>');
    const word = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.endsWith('\0'));
    fc.assert(
      fc.property(name, word, (username, password) => {
        const config = { auths: { 'ghcr.io': { auth: auth(`${username}:${password}`) } } };
        expect(read(config, 'ghcr.io').stored).toEqual({ kind: 'password', username, password });
      }),
    );
  });
});

describe('the credential helper', () => {
  it('of a host goes before the one of all', () => {
    const config = { credsStore: 'desktop', credHelpers: { 'gcr.io': 'gcloud' } };
    expect(read(config, 'gcr.io').helper).toEqual({ program: 'docker-credential-gcloud', server: 'gcr.io' });
    expect(read(config, 'ghcr.io').helper).toEqual({ program: 'docker-credential-desktop', server: 'ghcr.io' });
  });

  it('knows Docker Hub by its old name', () => {
    expect(read({ credsStore: 'desktop' }, 'docker.io').helper?.server).toBe('https://index.docker.io/v1/');
  });

  it.each(['../../tmp/evil', 'a b', 'x;y', '-x'])('may not be called %j', (credsStore) => {
    expect(() => read({ credsStore }, 'ghcr.io')).toThrow('docker-config-invalid');
  });
});

describe('a broken docker configuration', () => {
  it.each(['{"auths": {"ghcr.io": {"auth": "c2VjcmV0"', '[]', '{"auths":{"c2VjcmV0":{"auth":7}}}', ''])(
    'is an error that quotes nothing of %j',
    (text) => {
      const thrown: unknown[] = [];
      try {
        readDockerLogin(text, 'ghcr.io', where);
      } catch (error) {
        thrown.push(error);
      }
      const [error] = thrown;
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({ code: 'docker-config-invalid', where });
      expect(error instanceof Error ? error.cause : 'no error').toBeUndefined();
      expect(String(error)).not.toContain('c2VjcmV0');
    },
  );
});
