import { execFile } from 'node:child_process';
import { createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestRegistry } from './registries.ts';
import { answerToken, type Grant } from './registries-doors.ts';
import { startFront } from './registries-front.ts';

const run = promisify(execFile);
const issuer = 'the contract';
const service = 'the contract';
const lifetimeSeconds = 300;

/** A server that gives out tokens which a Distribution registry believes. */
export interface TokenService extends TestRegistry {
  /** What the registry's configuration says of it. */
  readonly auth: object;
}

/**
 * Starts one before a registry that is to come: not every client goes to another address of this machine for a token.
 * Its key and certificate lie in a folder, and it knows the accounts of `registries-doors.ts`.
 */
export async function startTokenService(behind: string, folder: string): Promise<TokenService> {
  const keyFile = path.join(folder, 'token.key');
  const certificateFile = path.join(folder, 'token.pem');
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await run('openssl', ['req', '-x509', ...kind, '-subj', '/CN=contract', '-keyout', keyFile, '-out', certificateFile]);
  const key = createPrivateKey(await readFile(keyFile));
  const certificate = new X509Certificate(await readFile(certificateFile));
  const header = { typ: 'JWT', alg: 'ES256', x5c: [certificate.raw.toString('base64')] };

  /** https://distribution.github.io/distribution/spec/auth/jwt/ */
  const token = (grants: readonly Grant[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: '',
      aud: service,
      exp: now + lifetimeSeconds,
      nbf: now - 10,
      iat: now,
      jti: randomBytes(16).toString('hex'),
      access: grants.map(({ name, actions }) => ({ type: 'repository', name, actions })),
    };
    const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };

  const front = await startFront({ host: behind, async [Symbol.asyncDispose]() {} }, (handler) => (request) => {
    return request.path === '/token' ? answerToken(request, token) : handler(request);
  });
  const realm = `http://${front.host}/token`;
  return { ...front, auth: { token: { realm, service, issuer, rootcertbundle: certificateFile } } };
}
