import { randomBytes } from 'node:crypto';
import { basicHeader } from '../../src/clients/registry/login.ts';
import type { ServedRequest, ServedResponse } from '../../src/ports/http-server.ts';
import { routeOf } from '../../src/store/registry/route.ts';
import type { Handler } from './registries.ts';

/** A name with a password, as somebody would type them in. */
export interface Account {
  readonly username: string;
  readonly password: string;
}

export const writer: Account = { username: 'writer', password: 'pass:wörd' };
export const reader: Account = { username: 'reader', password: 'reading' };

const rights = new Map([
  [basicHeader(writer.username, writer.password), ['pull', 'push', 'delete']],
  [basicHeader(reader.username, reader.password), ['pull']],
]);

/** What somebody may do in one repository. */
export interface Grant {
  readonly name: string;
  readonly actions: readonly string[];
}

/** What a token server grants of all that was asked for; nothing comes back to a stranger. */
function grantsFor({ headers, query }: ServedRequest): readonly Grant[] | undefined {
  const may = headers.authorization === undefined ? [] : rights.get(headers.authorization);
  const asked = query.getAll('scope').flatMap((text) => text.split(' '));
  return may === undefined
    ? undefined
    : asked.map((scope) => {
        const [, name = '', actions = ''] = /^repository:(.+):([a-z,]+)$/.exec(scope) ?? [];
        return { name, actions: actions.split(',').filter((action) => may.includes(action)) };
      });
}

/** Lets in who names an account; who may only read does no more. */
export function basicDoor(handler: Handler): Handler {
  return async (request) => {
    const may = rights.get(request.headers.authorization ?? '');
    if (may === undefined) return refuse(request, 401, 'Basic realm="the contract"');
    return may.includes(rightFor(request)) || request.path === '/v2/'
      ? handler(request)
      : refuse(request, 403, 'Basic realm="the contract"');
  };
}

/** As the specification has it: the token server grants what the account may, and the registry asks for what it needs. */
export function bearerDoor(handler: Handler): Handler {
  const granted = new Map<string, readonly Grant[]>();
  return async (request) => {
    const home = `http://${request.headers.host}`;
    if (request.path === '/token') {
      return answerToken(request, (grants) => {
        const token = randomBytes(16).toString('hex');
        granted.set(`Bearer ${token}`, grants);
        return token;
      });
    }
    const grants = granted.get(request.headers.authorization ?? '');
    const route = routeOf(request.path);
    const name = route !== undefined && 'name' in route ? route.name : undefined;
    const right = rightFor(request);
    const isGranted = grants?.some((grant) => grant.name === name && grant.actions.includes(right)) === true;
    if (isGranted || (grants !== undefined && name === undefined)) return handler(request);
    const scope = name === undefined ? '' : `,scope="repository:${name}:${right === 'push' ? 'pull,push' : right}"`;
    return refuse(request, 401, `Bearer realm="${home}/token",service="the contract"${scope}`);
  };
}

/** Answers with the token that `make` makes of what was granted. */
export async function answerToken(
  request: ServedRequest,
  make: (grants: readonly Grant[]) => string,
): Promise<ServedResponse> {
  const grants = grantsFor(request);
  if (grants === undefined) return refuse(request, 401, 'Basic realm="the token server"');
  const body = Buffer.from(JSON.stringify({ token: make(grants), expires_in: 300 }));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function rightFor({ method }: ServedRequest): string {
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
}

async function refuse(request: ServedRequest, status: number, challenge: string): Promise<ServedResponse> {
  for await (const _ of request.body);
  const body = Buffer.from(JSON.stringify({ errors: [{ code: status === 401 ? 'UNAUTHORIZED' : 'DENIED' }] }));
  return { status, headers: { 'www-authenticate': challenge, 'content-type': 'application/json' }, body };
}
