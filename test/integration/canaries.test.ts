import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { createClock } from '../../src/adapters/clock.ts';
import { parseValues } from '../support/action-step.ts';
import { type Desk, eventually, openDesk } from '../support/desk.ts';
import { labEnv, requireLab } from '../support/lab.ts';
import { type EmbeddedRegistry, type Handler, startEmbedded } from '../support/registries.ts';
import { runnerReads } from '../support/runner-model.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const loader = path.join(root, 'node_modules/tsx/dist/loader.mjs');
const dispatch = path.join(root, 'src/entries/dispatch.ts');
const slipway = fileURLToPath(new URL('../support/slipway.ts', import.meta.url));
const absent = `sha256:${'0'.repeat(64)}`;
/** So many signs of a secret in a row are a leak, so that one which was cut through is found too. */
const traceLength = 12;

const fresh = (): string => `cAnary${randomBytes(12).toString('hex')}Xq`;

/** Every trace of a secret, in each of the forms in which it travels; made without the redactor that is on trial. */
function tracesOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // What a neighbour has a part in is not the secret's.
    return text.slice(before === 0 ? 0 : 4, -1);
  });
  const forms = [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ a: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    ...inBase64,
    ...inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  const traces = forms.flatMap((form) =>
    Array.from({ length: Math.max(1, form.length - traceLength + 1) }, (_, at) => form.slice(at, at + traceLength)),
  );
  return [...new Set(traces)].map((trace) => Buffer.from(trace).toString('latin1'));
}

/** The places where something of a secret is found, by name. */
function leaksIn(places: Readonly<Record<string, string | Buffer>>, secrets: readonly string[]): readonly string[] {
  const traces = secrets.flatMap(tracesOf);
  return Object.entries(places).flatMap(([name, content]) => {
    const text = (typeof content === 'string' ? Buffer.from(content) : content).toString('latin1');
    const trace = traces.find((one) => text.includes(one));
    return trace === undefined ? [] : [`${name}: …${text.slice(Math.max(0, text.indexOf(trace) - 60)).slice(0, 160)}…`];
  });
}

async function filesIn(...folders: readonly string[]): Promise<Readonly<Record<string, Buffer>>> {
  const found: Record<string, Buffer> = {};
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true })) {
      const file = path.join(folder, entry);
      // Names leak as well as contents.
      found[`the name of ${file}`] = Buffer.from(entry);
      if ((await lstat(file).catch(() => undefined))?.isFile() === true) found[file] = await readFile(file);
    }
  }
  return found;
}

describe('the scanner', () => {
  const secret = 'p@ss/w+rd "ü" with\na line of 100%';
  it.each([
    ['as it is', secret],
    ['in an address', encodeURIComponent(secret)],
    ['in JSON', JSON.stringify({ secret })],
    ['in base64', Buffer.from(`u:${secret}`).toString('base64')],
    ['in base64 elsewhere', Buffer.from(`us:${secret}:x`).toString('base64')],
    ['in base64 at a third place', Buffer.from(`usr:${secret}:xy`).toString('base64url')],
    ['cut through', `something ${secret.slice(4, 20)}`],
  ])('T19 finds a secret %s', (_, text) => {
    expect(leaksIn({ here: `before ${text} after` }, [secret])).toHaveLength(1);
    expect(leaksIn({ here: 'nothing of it' }, [secret])).toEqual([]);
  });
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Child {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

/** A home of its own for the programs of one test: everything that they may write is below it. */
interface Home extends AsyncDisposable {
  readonly folder: string;
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** The docker configuration, which we only ever read. */
  login(config: object): Promise<void>;
  /** A credential helper that prints this and ends so. */
  helper(name: string, printed: string, exitCode?: number): Promise<void>;
  slipway(args: readonly string[], env?: Readonly<Record<string, string>>): Child;
  action(name: string, inputs: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): Child;
  /** All that lies below it but what the test itself has put there. */
  written(): Promise<Readonly<Record<string, Buffer>>>;
  /** A file by which a step talks to the runner. */
  told(name: string): Promise<string>;
}

const debugging = { SLIPWAY_VERBOSE: '1', RUNNER_DEBUG: '1', ACTIONS_STEP_DEBUG: 'true' };

async function openHome(): Promise<Home> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-canary-')));
  const at = (name: string): string => path.join(folder, name);
  for (const name of ['workspace', 'temp', 'home', 'docker', 'bin', 'files']) await mkdir(at(name));
  await cp(lab.dockerConfig, at('docker'), { recursive: true });
  const files = ['output', 'state', 'step_summary', 'env', 'path'];
  for (const name of files) await writeFile(at(`files/${name}`), '');
  await writeFile(at('files/event.json'), JSON.stringify({ repository: { default_branch: 'main' } }));
  const own = new Map<string, string>();
  const children = new Set<() => void>();
  const env = {
    ...labEnv(lab),
    PATH: `${at('bin')}:${labEnv(lab).PATH}`,
    DOCKER_CONFIG: at('docker'),
    HOME: at('home'),
    TMPDIR: at('temp'),
    RUNNER_TEMP: at('temp'),
    ...debugging,
  };
  const start = (args: readonly string[], more: Readonly<Record<string, string>>): Child => {
    const child = spawn(process.execPath, ['--import', loader, ...args], {
      cwd: at('workspace'),
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
    const last = () => kill('SIGKILL');
    children.add(last);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        children.delete(last);
        resolve({ code, signal, stdout, stderr });
      });
    });
    return { ended, kill };
  };
  return {
    folder,
    workspace: at('workspace'),
    temp: at('temp'),
    home: at('home'),
    env,
    async login(config) {
      const known: unknown = JSON.parse(
        await readFile(path.join(lab.dockerConfig, 'config.json'), 'utf8').catch(() => '{}'),
      );
      const text = JSON.stringify({ ...(known as object), ...config });
      await writeFile(at('docker/config.json'), text);
      own.set(at('docker/config.json'), text);
    },
    async helper(name, printed, exitCode = 0) {
      const file = at(`bin/docker-credential-${name}`);
      const text = `#!/bin/sh\ncat > /dev/null\ncat << 'END'\n${printed}\nEND\necho '${printed}' >&2\nexit ${exitCode}\n`;
      await writeFile(file, text);
      await chmod(file, 0o755);
      own.set(file, text);
    },
    slipway: (args, more = {}) => start([slipway, ...args], more),
    action: (name, inputs, more = {}) => {
      const given = Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value]);
      const script = `import { start } from ${JSON.stringify(dispatch)};\nawait start(${JSON.stringify(name)});`;
      return start(['--input-type=module', '--eval', script], {
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'org/hello',
        GITHUB_EVENT_NAME: 'push',
        GITHUB_REF: 'refs/heads/main',
        GITHUB_RUN_ID: '7001',
        GITHUB_RUN_NUMBER: '12',
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_EVENT_PATH: at('files/event.json'),
        GITHUB_WORKSPACE: at('workspace'),
        ...Object.fromEntries(files.map((file) => [`GITHUB_${file.toUpperCase()}`, at(`files/${file}`)])),
        ...Object.fromEntries(given),
        ...more,
      });
    },
    async written() {
      const all = { ...(await filesIn(folder)) };
      for (const [file, text] of own) {
        // It is as we wrote it, and so holds what we put there and no more.
        expect(all[file]?.toString()).toBe(text);
        delete all[file];
      }
      return all;
    },
    told: (name) => readFile(at(`files/${name}`), 'utf8'),
    async [Symbol.asyncDispose]() {
      for (const kill of children) kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** A server that repeats what it was sent in all the places where a server can put a text. */
interface Hostile extends AsyncDisposable {
  readonly host: string;
  /** What came with a request, and was so repeated. */
  readonly heard: string[];
}

interface Manner {
  readonly challenge: 'basic' | 'bearer';
  /** What the token server gives; nothing makes it refuse and repeat. */
  readonly token?: string;
  readonly refresh?: string;
}

async function startHostile(manner: Manner): Promise<Hostile> {
  const heard: string[] = [];
  const server: Server = createServer((request, response) => {
    void collected(request).then((body) => {
      const { host = '', authorization = '' } = request.headers;
      const { pathname, search } = new URL(request.url ?? '/', `http://${host}`);
      const plain = Buffer.from(authorization.replace(/^\S+ /, ''), 'base64').toString();
      const pair = authorization.startsWith('Basic') ? plain : authorization;
      if (authorization !== '' || body !== '') heard.push(`${authorization} ${pair} ${body}`);
      const send = (status: number, headers: Record<string, string> = {}, text = ''): void => {
        response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : text);
      };
      const complain = (message: string): void =>
        send(403, { 'content-type': 'application/json' }, JSON.stringify({ errors: [{ code: 'ODD', message }] }));
      if (pathname === '/token') {
        if (manner.token !== undefined) {
          return send(200, {}, JSON.stringify({ token: manner.token, refresh_token: manner.refresh }));
        }
        return send(400, {}, `not so: ${authorization} ${pair} ${body}`);
      }
      if (authorization === '') {
        const bearer = `Bearer realm="http://${host}/token",service="here"`;
        return send(401, { 'www-authenticate': manner.challenge === 'basic' ? 'Basic realm="here"' : bearer });
      }
      // A HEAD that says nothing is followed by a GET.
      if (request.method === 'HEAD') return send(200);
      const secret = pair.slice(pair.indexOf(manner.challenge === 'basic' ? ':' : ' ') + 1);
      const strict = encodeURIComponent(secret).replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
      switch (pathname.split('/')[2]) {
        case 'message':
          return complain(`you sent ${authorization}`);
        case 'decoded':
          return complain(`you are ${pair}`);
        case 'encoded':
          return complain(strict.replace(/%../g, (code) => code.toLowerCase()));
        case 'escaped':
          return send(400, { 'content-type': 'text/plain' }, `${JSON.stringify({ sent: secret })} ${pair}`);
        case 'packed':
          return complain(
            ['', 'x', 'xy'].map((more) => Buffer.from(`${more}${secret}${more}`).toString('base64')).join(' '),
          );
        case 'cut':
          return complain(`${'x '.repeat(86)}${secret}`);
        case 'spelled': {
          // Each sign escaped, and where our quotation ends in the middle of it.
          const units = Array.from({ length: secret.length }, (_, at) => secret.charCodeAt(at).toString(16));
          const spelled = units.map((unit) => `\\u${unit.padStart(4, '0')}`).join('');
          return send(403, {}, `{"errors":[{"code":"ODD","message":"${'x '.repeat(90)}${spelled}"}]}`);
        }
        case 'challenge':
          return send(401, { 'www-authenticate': `Basic realm="${strict}", Bearer x="${authorization}"` }, pair);
        case 'query':
          return send(307, {
            location: `/v2/asked/app/manifests/v1?auth=${strict}&b=${encodeURIComponent(authorization)}`,
          });
        case 'asked':
          return complain(`there is no ${pathname}${search}`);
        case 'elsewhere':
          return send(307, { location: `http://elsewhere.invalid/${strict}?auth=${strict}` });
        case 'userinfo':
          return send(307, { location: `https://ada:${strict}@elsewhere.invalid/` });
        case 'realm':
          return send(401, { 'www-authenticate': `Bearer realm="http://elsewhere.invalid/${strict}"` });
        default:
          return send(
            200,
            { 'content-type': `text/${encodeURIComponent(authorization)}` },
            '{"mediaType":"application/vnd.oci.image.index.v1+json"}',
          );
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return {
    host: `127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`,
    heard,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function collected(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

const places = 'message decoded encoded escaped packed cut spelled challenge query elsewhere userinfo realm type'.split(
  ' ',
);
const auth = (secret: string): string => Buffer.from(`ada:${secret}`).toString('base64');

interface Canary {
  readonly name: string;
  readonly manner: Manner;
  readonly secrets: readonly string[];
  readonly prepare: (home: Home, host: string) => Promise<void>;
  /** Of what a token server says to a wrong token, nothing is. */
  readonly isRepeated?: boolean;
}

const inConfig = (login: object) => (home: Home, host: string) => home.login({ auths: { [host]: login } });

function canaries(): readonly Canary[] {
  const [raw, form, token, issued, refresh, helped, identity] = Array.from({ length: 7 }, fresh);
  const odd = `${fresh()}/+&=?#%é "<>~!'()*`;
  const lines = `${fresh()}\n"${fresh()}"\\\r\n'${fresh()}'`;
  const basic: Manner = { challenge: 'basic' };
  return [
    { name: 'a password', manner: basic, secrets: [raw ?? ''], prepare: inConfig({ auth: auth(raw ?? '') }) },
    {
      name: 'the auth of a docker configuration',
      manner: basic,
      // What is before the colon is no secret; in the middle of this text the password is.
      secrets: [auth(form ?? '').slice(6, -2)],
      prepare: inConfig({ auth: auth(form ?? '') }),
    },
    { name: 'a password of odd signs', manner: basic, secrets: [odd], prepare: inConfig({ auth: auth(odd) }) },
    {
      name: 'a password of several lines',
      manner: basic,
      secrets: lines.split(/[\r\n]+/),
      prepare: inConfig({ username: 'ada', password: lines }),
    },
    {
      name: 'the secret of a credential helper',
      manner: basic,
      secrets: [helped ?? ''],
      async prepare(home, host) {
        await home.helper('canary', JSON.stringify({ Username: 'ada', Secret: helped }));
        await home.login({ credHelpers: { [host]: 'canary' } });
      },
    },
    {
      name: 'a token that a token server issued',
      manner: { challenge: 'bearer', token: issued ?? '', refresh: fresh() },
      secrets: [issued ?? ''],
      prepare: async () => {},
    },
    {
      name: 'a password at a token server',
      manner: { challenge: 'bearer', token: 'issued-to-ada-for-a-while' },
      secrets: [token ?? ''],
      prepare: inConfig({ auth: auth(token ?? '') }),
    },
    {
      name: 'an identity token, and the token that it brought',
      manner: { challenge: 'bearer', token: `${issued}-2` },
      secrets: [identity ?? '', `${issued}-2`],
      prepare: inConfig({ identitytoken: identity }),
    },
    {
      name: 'a refresh token that is refused',
      manner: { challenge: 'bearer' },
      isRepeated: false,
      secrets: [`${refresh}~!'()*&=`],
      prepare: inConfig({ identitytoken: `${refresh}~!'()*&=` }),
    },
  ];
}

let home: Home;

beforeEach(async () => {
  home = await openHome();
});

afterEach(async () => home?.[Symbol.asyncDispose]());

describe('T19 a hostile registry, asked by slipway inspect', () => {
  it.each(canaries())(
    'T19 brings nothing of $name into anything that we print or write',
    async ({ manner, secrets, prepare, isRepeated }) => {
      await using hostile = await startHostile(manner);
      await prepare(home, hostile.host);
      const said: Record<string, string> = {};
      const left = [...places];
      const worker = async (): Promise<void> => {
        for (let place = left.shift(); place !== undefined; place = left.shift()) {
          const { code, stdout, stderr } = await home.slipway(['inspect', `${hostile.host}/${place}/app:v1`]).ended;
          expect([place, code === 0, stderr.includes('next')]).toEqual([place, false, true]);
          Object.assign(said, { [`${place} stdout`]: stdout, [`${place} stderr`]: stderr });
        }
      };
      await Promise.all([worker(), worker(), worker()]);
      // It had something to repeat, and what it repeated was shown but for the secret.
      expect(hostile.heard.length).toBeGreaterThan(0);
      expect(Object.values(said).join('').includes('***')).toBe(isRepeated ?? true);
      expect(leaksIn(said, secrets)).toEqual([]);
      expect(leaksIn(await home.written(), secrets)).toEqual([]);
    },
    LIMIT_MS,
  );

  it('T19 hears nothing of a helper that failed, and neither does anybody else', async () => {
    const secret = fresh();
    await using hostile = await startHostile({ challenge: 'basic' });
    await home.helper('canary', `{"Username":"ada","Secret":"${secret}"`, 3);
    await home.login({ credHelpers: { [hostile.host]: 'canary' } });
    const { code, stdout, stderr } = await home.slipway(['inspect', `${hostile.host}/x/app:v1`]).ended;
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining('credential-helper-failed')]);
    expect(leaksIn({ stdout, stderr }, [secret])).toEqual([]);
    expect(leaksIn(await home.written(), [secret])).toEqual([]);
    expect(hostile.heard).toEqual([]);
  });

  it(
    'T19 never sees a user name and a password that somebody wrote into an address, and nobody repeats them',
    async () => {
      const secret = fresh();
      const words = [
        `ada:${secret}@registry.example/app:v1`,
        `https://ada:${secret}@registry.example/app:v1`,
        `https://ada:${secret}@registry.example`,
        `ada:x@${secret}@registry.example/app`,
        `ada:${secret}@registry.example:5000/app@${absent}`,
      ];
      for (const word of words) {
        for (const args of [
          ['inspect', word],
          ['copy', word, './there'],
          ['run', '--to', word],
        ]) {
          const { code, stdout, stderr } = await home.slipway(args).ended;
          expect([args[0], code === 0, leaksIn({ stdout, stderr }, [secret])]).toEqual([args[0], false, []]);
        }
      }
      expect(leaksIn(await home.written(), [secret])).toEqual([]);
      await writeFile(
        path.join(home.workspace, 'slipway.yml'),
        `registry: ada:${secret}@registry.example/app\nimages: {}\n`,
      );
      const { code, stdout, stderr } = await home.slipway(['plan']).ended;
      expect([code === 0, stderr.includes('reference-invalid'), leaksIn({ stdout, stderr }, [secret])]).toEqual([
        false,
        true,
        [],
      ]);
    },
    LIMIT_MS,
  );

  it(
    'T19 is not told, and nobody is, the password of a proxy that refuses and repeats it',
    async () => {
      const secret = fresh();
      const heard: string[] = [];
      const proxy = createServer((_, response) => response.end());
      proxy.on('connect', (request, socket) => {
        heard.push(request.headers['proxy-authorization'] ?? '');
        socket.end(`HTTP/1.1 407 ${request.headers['proxy-authorization']}\r\n\r\nyou are ${secret}`);
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      const bound = proxy.address();
      const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
      try {
        const address = `http://ada:${secret}@127.0.0.1:${port}`;
        const child = home.slipway(['inspect', 'registry.invalid/app:v1'], {
          https_proxy: address,
          http_proxy: address,
        });
        await eventually(
          async () => heard.length,
          (count) => count > 1,
        );
        child.kill('SIGINT');
        const { code, stdout, stderr } = await child.ended;
        expect([code, heard[0]]).toEqual([130, `Basic ${auth(secret)}`]);
        expect(leaksIn({ stdout, stderr }, [secret])).toEqual([]);
        expect(leaksIn(await home.written(), [secret])).toEqual([]);
      } finally {
        proxy.close();
        proxy.closeAllConnections();
      }
    },
    LIMIT_MS,
  );
});

/** All that a runner would show or keep of a step: not the commands by which it learns what it must cover. */
function seenByRunner(stdout: string): string {
  const { commands, shown } = runnerReads(stdout);
  const others = commands.filter(({ name }) => name !== 'add-mask').map(({ line, data }) => `${line}\n${data}`);
  return [...shown, ...others].join('\n');
}

describe('T19 an action with a password', () => {
  it.each(['a line', 'several lines'])(
    'T19 of %s tells the runner to cover it before anything else',
    async (kind) => {
      const secrets = kind === 'a line' ? [`${fresh()}100%`] : [fresh(), fresh()];
      await using hostile = await startHostile({ challenge: 'basic' });
      const secret = secrets.join('\n');
      const said: Record<string, string> = {};
      for (const place of ['message', 'decoded', 'query', 'elsewhere', 'packed']) {
        const inputs = {
          subject: `${hostile.host}/${place}/app@${absent}`,
          tags: 'v1',
          'registry-username': 'ada',
          'registry-password': secret,
        };
        const { code, stdout, stderr } = await home.action('push', inputs).ended;
        const { commands, shown } = runnerReads(stdout);
        expect([place, code]).not.toEqual([place, 0]);
        expect(commands.slice(0, secrets.length).map(({ name }) => name)).toEqual(secrets.map(() => 'add-mask'));
        const masked = commands.filter(({ name }) => name === 'add-mask').map(({ data }) => data);
        expect(masked).toEqual(expect.arrayContaining(secrets));
        expect(stdout.startsWith('::add-mask::')).toBe(true);
        expect(shown.join('\n')).not.toContain('add-mask');
        Object.assign(said, { [`${place} stdout`]: seenByRunner(stdout), [`${place} stderr`]: stderr });
      }
      for (const file of ['output', 'state', 'step_summary', 'env', 'path']) said[file] = await home.told(file);
      expect(said.step_summary).toContain('registry-');
      expect(hostile.heard.length).toBeGreaterThan(0);
      expect(leaksIn(said, secrets)).toEqual([]);
      expect(leaksIn(await home.written(), secrets)).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('T19 an action that fails at its inputs', () => {
  it('T19 has told the runner of the password before that, and says nothing of it', async () => {
    const secret = fresh();
    const inputs = { subject: secret, tags: '-', 'registry-username': 'ada', 'registry-password': secret };
    const { code, stdout, stderr } = await home.action('push', { ...inputs, 'registry-pasword': secret }).ended;
    expect([code === 0, stdout.startsWith(`::add-mask::${secret}\n`)]).toEqual([false, true]);
    expect(runnerReads(stdout).commands.map(({ name }) => name)).toContain('error');
    expect(leaksIn({ stdout: seenByRunner(stdout), stderr }, [secret])).toEqual([]);
    expect(leaksIn(await home.written(), [secret])).toEqual([]);
  });
});

describe('T17 a registry with a door', () => {
  let desk: Desk;
  let registry: EmbeddedRegistry;
  let secret: string;
  let onWrite: (() => Promise<void>) | undefined;
  let entered: number;

  beforeAll(async () => {
    desk = await openDesk(lab);
  }, LIMIT_MS);

  beforeEach(async () => {
    secret = fresh();
    onWrite = undefined;
    entered = 0;
    registry = await startEmbedded({ clock: createClock() }, door);
    await home.login({ auths: { [registry.host]: { auth: auth(secret) } } });
  });

  afterEach(async () => registry?.[Symbol.asyncDispose]());
  afterAll(async () => desk?.[Symbol.asyncDispose](), LIMIT_MS);

  function door(handler: Handler): Handler {
    return async (request) => {
      if (request.headers.authorization !== `Basic ${auth(secret)}`) {
        for await (const _ of request.body);
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="here"' } };
      }
      entered += 1;
      // Content, that is: an upload on trial comes before anything is built.
      if (['PATCH', 'PUT'].includes(request.method)) await onWrite?.();
      return handler(request);
    };
  }

  const run = () => home.slipway(['run', '--repo', desk.folder, '--to', `${registry.host}/${desk.id}`]);

  /** What is said and left, at home and where the work was done. */
  async function leaks({ stdout, stderr }: Ended): Promise<readonly string[]> {
    const all = { stdout: seenByRunner(stdout), stderr, ...(await home.written()), ...(await filesIn(desk.folder)) };
    return leaksIn(all, [secret]);
  }

  it(
    'T17 leaves no password behind after a run that went well',
    async () => {
      const ended = await run().ended;
      expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
      expect(entered).toBeGreaterThan(10);
      expect(await leaks(ended)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'T17 leaves no password behind after a run that failed',
    async () => {
      onWrite = () => Promise.reject(new Error('it broke'));
      const child = run();
      await eventually(
        async () => entered,
        (count) => count > 1,
      );
      // The registry fails each time; nobody waits here until patience is over.
      setTimeout(() => child.kill('SIGTERM'), 3000).unref();
      const ended = await child.ended;
      expect(ended.code).not.toBe(0);
      expect(await leaks(ended)).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'T17 leaves no password behind after %s in the middle of an upload',
    async (signal) => {
      // A set that is not there yet, so that something is uploaded.
      let writing = 0;
      const held = new Promise<void>(() => {});
      onWrite = () => {
        writing += 1;
        return held;
      };
      const child = run();
      await eventually(
        async () => writing,
        (count) => count > 0,
      );
      child.kill(signal);
      const ended = await child.ended;
      expect(signal === 'SIGKILL' ? ended.signal : ended.code).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 130);
      expect(await leaks(ended)).toEqual([]);
    },
    LIMIT_MS,
  );

  const inputs = (): Readonly<Record<string, string>> => ({
    name: 'base',
    context: 'base',
    test: 'true',
    registry: `${registry.host}/${desk.id}`,
    'registry-username': 'ada',
    'registry-password': secret,
  });

  it.each(['well', 'SIGKILL'] as const)(
    'T17 an action that ended by %s leaves no password, also after its post step',
    async (way) => {
      await home.login({});
      let writing = 0;
      if (way === 'SIGKILL') {
        onWrite = () => {
          writing += 1;
          return new Promise(() => {});
        };
      }
      const where = { GITHUB_WORKSPACE: desk.folder };
      const child = home.action('build-test', inputs(), where);
      if (way === 'SIGKILL') {
        await eventually(
          async () => writing,
          (count) => count > 0,
        );
        child.kill('SIGKILL');
      }
      const ended = await child.ended;
      expect([way, ended.code]).toEqual([way, way === 'well' ? 0 : null]);
      expect(entered).toBeGreaterThan(0);
      expect(await leaks(ended)).toEqual([]);
      const state = parseValues(await home.told('state'));
      const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
      const post = await home.action('build-test-post', inputs(), { ...where, ...saved }).ended;
      expect(post.code).toBe(0);
      expect(await leaks(post)).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('T19 secrets of a build that are inputs of an action', () => {
  /** Programs find this docker first; it writes down what it was told, and what it was given but where that builds. */
  async function watchDocker(): Promise<void> {
    const file = path.join(home.folder, 'bin/docker');
    const told = path.join(home.folder, 'temp/told');
    const building = 'case "$*" in "buildx build "*) ;; *) env >> TOLD ;; esac';
    const script = `#!/bin/sh\necho "$*" >> TOLD\n${building}\nexec ${lab.tools.docker} "$@"\n`;
    await writeFile(file, script.replaceAll('TOLD', told));
    await chmod(file, 0o755);
  }

  it.each(['well', 'with a failure', 'SIGKILL'] as const)(
    'T19 reach the build, and nothing of them is anywhere else: it ended %s',
    async (way) => {
      const [secret, first, second] = [`${fresh()}100%`, fresh(), fresh()];
      await watchDocker();
      const steps = {
        well: 'true',
        'with a failure': 'cat /run/secrets/tok /run/secrets/lines; exit 7',
        SIGKILL: `sleep 300; : ${fresh().slice(6)}`,
      };
      const mounts = ['tok', 'lines'].map((id) => `--mount=type=secret,id=${id},required=true`).join(' ');
      const sums = [`${secret}`, `${first}\n${second}`].map((text) => createHash('sha256').update(text).digest('hex'));
      const check = `cat /run/secrets/tok | sha256sum | grep ${sums[0]} && cat /run/secrets/lines | sha256sum | grep ${sums[1]}`;
      await mkdir(path.join(home.workspace, 'app'));
      const dockerfile = `FROM busybox:1.36\nRUN ${mounts} ${check}\nRUN ${mounts} ${steps[way]}\n`;
      await writeFile(path.join(home.workspace, 'app/Dockerfile'), dockerfile);
      const secrets = `tok=${secret}\n"lines=${first}\n${second}"`;
      const child = home.action('build-test', { name: 'app', context: 'app', test: 'env', secrets });
      if (way === 'SIGKILL') {
        const told = path.join(home.temp, 'told');
        await eventually(
          async () => readFile(told, 'utf8').catch(() => ''),
          (text) => text.includes('buildx build '),
        );
        await createClock().sleep(3000);
        child.kill('SIGKILL');
      }
      const { code, stdout, stderr } = await child.ended;
      expect([way, code, stderr]).toEqual([way, { well: 0, 'with a failure': 1, SIGKILL: null }[way], stderr]);
      const masked = runnerReads(stdout).commands.flatMap(({ name, data }) => (name === 'add-mask' ? [data] : []));
      expect([stdout.startsWith('::add-mask::'), masked]).toEqual([
        true,
        expect.arrayContaining([secret, first, second]),
      ]);
      if (way === 'with a failure') expect(seenByRunner(stdout)).toContain('***');
      const said = { stdout: seenByRunner(stdout), stderr, ...(await home.written()) };
      expect(Object.keys(said).join()).toContain('temp/told');
      expect(leaksIn(said, [secret, first, second])).toEqual([]);
      const state = parseValues(await home.told('state'));
      const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
      expect((await home.action('build-test-post', { secrets }, saved).ended).code).toBe(0);
      expect(leaksIn(await home.written(), [secret, first, second])).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each([
    ['an id without a value', 'tok=', 'input-invalid'],
    ['a value without an id', 'VALUE', 'input-invalid'],
  ])('T19 are refused for %s, and nothing of the others is said', async (_, wrong, code) => {
    const secret = fresh();
    const secrets = `other=${secret}\n${wrong.replace('VALUE', secret)}`;
    const ended = await home.action('build-test', { name: 'app', context: 'app', secrets }).ended;
    expect([ended.code, ended.stdout]).toEqual([2, expect.stringContaining(`::error::${code}: `)]);
    expect(
      leaksIn({ stdout: seenByRunner(ended.stdout), stderr: ended.stderr, ...(await home.written()) }, [secret]),
    ).toEqual([]);
  });
});
