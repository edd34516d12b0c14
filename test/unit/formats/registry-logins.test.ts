import { describe, expect, it } from '@jest/globals';
import { readRegistryLogins, secretsInLogins } from '../../../src/formats/actions/registry-logins.ts';

const hub = { host: 'docker.io', username: 'ada', password: 'one two: three' };
const quay = { host: 'quay.io', username: 'robot$ci', password: 'p"4' };

describe('sign-ins to further registries', () => {
  it.each([
    ['lines', 'docker.io ada one two: three\n\r\n  quay.io\trobot$ci p"4  \n'],
    ['JSON by host', JSON.stringify({ 'docker.io': { username: 'ada', password: 'one two: three' }, 'quay.io': quay })],
    ['a list in JSON', JSON.stringify([hub, quay])],
  ])('are read from %s', (_, text) => {
    expect(readRegistryLogins(text)).toEqual({ logins: [expect.objectContaining(hub), expect.objectContaining(quay)] });
    expect(secretsInLogins(text)).toEqual([hub.password, quay.password]);
  });

  it('are none where there is no text', () => {
    expect(readRegistryLogins(' \n')).toEqual({ logins: [] });
  });

  it.each([
    ['a line without a password', 'docker.io ada secret-word\nquay.io secret-word', 'line 2 is not HOST USER PASSWORD'],
    ['broken JSON', '{"quay.io": {"username": "a", "password": "secret-word"', 'it begins like JSON, and is none'],
    [
      'other JSON',
      '{"quay.io": "secret-word"}',
      'its JSON is not {"HOST": {"username": …, "password": …}}, nor a list',
    ],
  ])('are refused for %s, by the place alone, and every word of them is a secret', (_, text, fault) => {
    const read = readRegistryLogins(text);
    expect(read).toEqual({ fault: expect.stringContaining(fault) });
    expect(JSON.stringify(read)).not.toContain('secret-word');
    expect(secretsInLogins(text)).toContain('secret-word');
  });
});
