import { describe, expect, it } from '@jest/globals';
import { Redactor } from '../../../src/domain/redactor.ts';
import { dockerLogins } from '../../../src/pipelines/docker-logins.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const token = 'token-of-the-job';
const quay = { host: 'quay.io', username: 'ada', password: 'grüße' };
const basic = (text: string): string => Buffer.from(text).toString('base64');

/** What Docker would be told, where its own configuration knows these hosts. */
async function told(options: {
  readonly known?: Readonly<Record<string, object>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signIns?: readonly (typeof quay)[];
  readonly token?: string;
}) {
  const files = createMemoryFiles({ '/home/.docker/config.json': JSON.stringify({ auths: options.known ?? {} }) });
  const secrets = new Redactor();
  const ports = { exec: scriptedExec([]), files, env: { HOME: '/home', ...options.env }, secrets };
  const text = await dockerLogins(ports, options.signIns ?? [], options.token);
  return { auths: text === undefined ? undefined : JSON.parse(text).auths, covered: secrets.clean(text ?? '') };
}

describe('what signs Docker in for a build', () => {
  it('is nothing where nobody is to be signed in', async () => {
    expect((await told({})).auths).toBeUndefined();
  });

  it('has the inputs, under the names that Docker looks for', async () => {
    const { auths, covered } = await told({ signIns: [quay, { ...quay, host: 'docker.io' }] });
    const auth = basic('ada:grüße');
    expect(auths).toEqual({ 'quay.io': { auth }, 'https://index.docker.io/v1/': { auth } });
    expect(covered).not.toContain(auth);
  });

  it('has the token of the job for ghcr.io alone, and only where neither an input nor Docker names anybody', async () => {
    const auth = basic(`x-access-token:${token}`);
    expect((await told({ token, signIns: [quay] })).auths).toMatchObject({ 'ghcr.io': { auth } });
    const ghcr = { ...quay, host: 'ghcr.io' };
    expect((await told({ token, signIns: [ghcr] })).auths).toEqual({ 'ghcr.io': { auth: basic('ada:grüße') } });
    const known = { 'ghcr.io': { auth: basic('bot:own') } };
    expect((await told({ token, known })).auths).toBeUndefined();
  });

  it('keeps what the variable says of other hosts', async () => {
    const env = { DOCKER_AUTH_CONFIG: '{"auths":{"other.example":{"auth":"x"},"quay.io":{"auth":"y"}}}' };
    const { auths } = await told({ env, signIns: [quay] });
    expect(auths).toEqual({ 'other.example': { auth: 'x' }, 'quay.io': { auth: basic('ada:grüße') } });
  });
});
