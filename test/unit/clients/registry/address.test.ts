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

const elsewhere = new URL('https://registry.example/v2/');

describe('the address of a token server', () => {
  it.each([
    ['https://auth.example/token', 'https://registry.example'],
    ['https://10.0.0.5:5001/token', 'https://10.0.0.5'],
    ['http://127.0.0.1:5001/auth', 'http://127.0.0.1:5000'],
    ['http://[::1]/auth', 'http://localhost:5000'],
    ['http://lab:5000/token', 'http://lab:5000'],
    ['https://8.8.8.8/token', 'https://registry.example'],
    ['https://192.0.2.1/token', 'https://registry.example'],
    ['https://[2001:db8::1]/token', 'https://registry.example'],
  ])('may be %s of the registry %s', (realm, registry) => {
    expect(realmUrl(realm, new URL(registry), 'here').href).toBe(realm);
  });

  it.each([
    'https://127.0.0.1/token',
    'http://127.0.0.1:5001/token',
    'https://localhost/token',
    'https://10.1.2.3/token',
    'https://172.20.0.1/token',
    'https://192.168.1.1/token',
    'https://169.254.169.254/latest',
    'https://100.100.100.200/token',
    'https://0x7f.1/token',
    'https://2130706433/token',
    'https://0/token',
    'https://[::1]/token',
    'https://[::]/token',
    'https://[fd00::1]/token',
    'https://[fe80::1]/token',
    'https://[::ffff:127.0.0.1]/token',
    'https://[::ffff:a9fe:a9fe]/token',
    'https://[64:ff9b::10.0.0.1]/token',
    'https://localhost./token',
    'https://[::7f00:1]/token',
    'https://[fec0::1]/token',
    'https://[2002:7f00:1::]/token',
    'https://[64:ff9b:1::a00:1]/token',
    'https://198.18.0.1/token',
    'https://192.0.0.192/token',
  ])('may not be %s of a registry elsewhere', (realm) => {
    expect(() => realmUrl(realm, elsewhere, 'here')).toThrow('private address');
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
    expect(() => realmUrl(realm, elsewhere, 'here')).toThrow('registry-address-refused');
  });

  it('never shows a password of the address in the error', () => {
    expect(() => realmUrl('https://user:hunter2@auth.example/', elsewhere, 'here')).toThrow(
      /^(?!.*hunter2).*auth\.example/,
    );
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

  it('may stay without TLS on the host where it began so', () => {
    expect(nextUrl(new URL('http://127.0.0.1:5000/v2/'), 'http://127.0.0.1:9000/x', 'here').host).toBe(
      '127.0.0.1:9000',
    );
    expect(nextUrl(new URL('http://lab:5000/v2/'), 'http://lab:9000/x', 'here').host).toBe('lab:9000');
  });

  it('may not go on to another host without TLS', () => {
    const go = () => nextUrl(new URL('http://127.0.0.1:5000/v2/'), 'http://store:9000/x', 'here');
    expect(go).toThrow('registry-address-refused');
  });
});
