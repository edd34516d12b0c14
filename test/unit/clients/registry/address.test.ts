import { describe, expect, it } from '@jest/globals';
import { baseUrlOf, isLoopback, nextUrl, realmUrl } from '../../../../src/clients/registry/address.ts';

describe('the address of a registry', () => {
  it.each([
    ['docker.io', 'https://registry-1.docker.io/v2/'],
    ['ghcr.io', 'https://ghcr.io/v2/'],
    ['registry.example:5000', 'https://registry.example:5000/v2/'],
    ['localhost', 'http://localhost/v2/'],
    ['localhost:5000', 'http://localhost:5000/v2/'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000/v2/'],
    ['127.1.2.3', 'http://127.1.2.3/v2/'],
    ['[::1]:5000', 'http://[::1]:5000/v2/'],
  ])('of %s is %s', (host, url) => {
    expect(baseUrlOf(host).href).toBe(url);
  });

  it.each(['127.0.0.1.evil.example', 'localhost.example', '128.0.0.1', '[::2]', 'my-localhost', '10.0.0.1:5000'])(
    'takes %s for no loopback host',
    (host) => {
      expect(isLoopback(host)).toBe(false);
      expect(baseUrlOf(host).protocol).toBe('https:');
    },
  );

  it('is plain where the options say so, and only there', () => {
    const plain = (host: string) => host === 'lab:5000';
    expect(baseUrlOf('lab:5000', plain).protocol).toBe('http:');
    expect(baseUrlOf('lab:5001', plain).protocol).toBe('https:');
  });
});

describe('the address of a token server', () => {
  it.each(['https://auth.example/token', 'http://127.0.0.1:5001/auth', 'http://[::1]/auth'])('may be %s', (realm) => {
    expect(realmUrl(realm, 'here').href).toBe(realm);
  });

  it.each([
    'http://auth.example/token',
    'https://user:word@auth.example/token',
    'https://user@auth.example/token',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '/token',
    '',
  ])('may not be %j', (realm) => {
    expect(() => realmUrl(realm, 'here')).toThrow('registry-address-refused');
  });

  it('never shows a password of the address in the error', () => {
    expect(() => realmUrl('https://user:hunter2@auth.example/', 'here')).toThrow(/^(?!.*hunter2).*auth\.example/);
  });
});

describe('the address that an answer names', () => {
  const from = new URL('https://registry.example/v2/a/blobs/uploads/');

  it('may be relative or absolute', () => {
    expect(nextUrl(from, '/v2/x?state=1', 'here').href).toBe('https://registry.example/v2/x?state=1');
    expect(nextUrl(from, 'https://store.example/x', 'here').href).toBe('https://store.example/x');
  });

  it.each([
    undefined,
    '',
    'http://registry.example/x',
    'http://127.0.0.1/x',
    'ftp://x/y',
    'https://u:p@x/y',
    'https://',
  ])('may not be %j', (location) => {
    expect(() => nextUrl(from, location, 'here')).toThrow('registry-address-refused');
  });

  it('may stay without TLS where it began so', () => {
    expect(nextUrl(new URL('http://127.0.0.1:5000/v2/'), 'http://store:9000/x', 'here').host).toBe('store:9000');
  });
});
