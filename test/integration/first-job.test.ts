import { describe, expect, it } from '@jest/globals';
import { openArtifacts } from '../support/action-artifacts.ts';
import { type EndedStep, openJob } from '../support/action-step.ts';
import { openDesk } from '../support/desk.ts';
import type { Door, FaultRule } from '../support/fault-proxy/fault-script.ts';
import { startFaultProxy } from '../support/fault-proxy/proxy.ts';
import type { RequestLog } from '../support/fault-proxy/request-log.ts';
import { requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const upstream = `http://${lab.registry}`;

/** What a registry says to a token that may only read. */
const mayOnlyRead: readonly FaultRule[] = [
  {
    match: { kind: ['upload-start', 'mount'] },
    always: true,
    fault: {
      kind: 'answer',
      status: 403,
      body: { errors: [{ code: 'DENIED', message: 'permission_denied: write_package' }] },
    },
  },
];
const known: Door = { kind: 'basic', users: { ada: 'word' } };

/** What is wrong with a caller, and what the first job says of it. */
interface Row {
  readonly name: string;
  /** In place of the lab's registry. */
  readonly proxy?: { readonly rules?: readonly FaultRule[]; readonly door?: Door };
  readonly files?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly isEmpty?: true;
  readonly exitCode: number;
  readonly code: string;
  readonly what: RegExp;
  /** The line to add, or what else mends it. */
  readonly next: readonly string[];
}

const config = (more: string): Readonly<Record<string, string>> => ({
  'slipway.yml': `${more}images:\n  base: { context: base }\nallow-untested: [base]\n`,
});
const classic = lab.classic?.host ?? '';

const rows: readonly Row[] = [
  {
    name: 'a caller without packages: write',
    proxy: { rules: mayOnlyRead },
    inputs: { 'registry-username': 'ada', 'registry-password': 'word' },
    exitCode: 3,
    code: 'registry-denied',
    what: /denies .* the right to push .*permission_denied: write_package/,
    next: ['    permissions:', '      contents: read', '      packages: write'],
  },
  {
    name: 'a caller that gave no secrets for the registry',
    proxy: { door: known },
    exitCode: 3,
    code: 'registry-denied',
    what: /denies a visitor without a login/,
    next: ['    secrets:', '      registry-username: ${{ secrets.REGISTRY_USERNAME }}', '      registry-password: '],
  },
  {
    name: 'a caller of whose two secrets one is not set',
    inputs: { 'registry-username': 'ada', 'registry-password': '' },
    exitCode: 2,
    code: 'input-invalid',
    what: /the input registry-password is empty/,
    next: ['      registry-password: ${{ secrets.REGISTRY_PASSWORD }}'],
  },
  {
    name: 'a caller that hands on no build secrets',
    files: {
      'slipway.yml':
        'images:\n  base: { context: base, secrets: { index-token: { env: INDEX_TOKEN } } }\nallow-untested: [base]\n',
    },
    exitCode: 1,
    code: 'secret-missing',
    what: /base asks for the secret index-token, and nobody gave it/,
    next: ['    secrets:', '      build-secrets: |', '        index-token=${{ secrets.INDEX_TOKEN }}'],
  },
  {
    name: 'a caller whose build secret is not set',
    inputs: { secrets: 'index-token=' },
    exitCode: 2,
    code: 'input-invalid',
    what: /the secret index-token has no value/,
    next: ['a secret that is not set arrives as an empty text'],
  },
  {
    name: 'a caller without checkout',
    isEmpty: true,
    exitCode: 2,
    code: 'checkout-missing',
    what: /the workspace is empty/,
    next: ['    - uses: actions/checkout@', '      contents: read'],
  },
  {
    name: 'a configuration for another version',
    files: config('schema: slipway.config/2\n'),
    exitCode: 2,
    code: 'config-other-version',
    what: /written for "slipway\.config\/2", and this version reads slipway\.config\/1/,
    next: ['schema: slipway.config/1', 'images.yml@v2'],
  },
  {
    name: 'an image that there is none of',
    inputs: { images: 'greetr' },
    exitCode: 2,
    code: 'image-unknown',
    what: /greetr/,
    next: ['greeter'],
  },
  {
    name: 'a runner without an engine',
    env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    exitCode: 4,
    code: 'engine-missing',
    what: /no container engine answers/,
    next: ['      runs-on: ubuntu-latest'],
  },
  {
    name: 'a runner without the builder that the caller names',
    inputs: { builder: 'nobody-made-this' },
    exitCode: 4,
    code: 'builder-missing',
    what: /no builder "nobody-made-this" that works/,
    next: ['leave the line with builder: out'],
  },
  {
    name: 'a runner with the classic image store whose own builder is named',
    env: { DOCKER_HOST: classic },
    inputs: { builder: 'default' },
    exitCode: 4,
    code: 'builder-cannot-export',
    what: /the builder default cannot write a build to disk/,
    next: ['docker buildx create --driver docker-container', 'leave the line with builder: out'],
  },
];

describe('the first job', () => {
  const plan = async (row: Partial<Row>, event = 'push'): Promise<{ step: EndedStep; log: RequestLog }> => {
    await using proxy = await startFaultProxy({ upstream, ...row.proxy });
    await using service = await openArtifacts();
    await using desk = await openDesk(lab);
    if (row.files !== undefined) await desk.commit(row.files);
    const checkout = row.isEmpty === true ? {} : { workspace: desk.folder };
    await using job = await openJob(lab, { ...checkout, event, env: { ...service.env }, isFromSource: true });
    const inputs = { registry: `${proxy.host}/${desk.id}/hello`, preflight: 'true', ...row.inputs };
    const step = await job.run('matrix-generate', inputs, { env: row.env ?? {} });
    return { step, log: proxy.log };
  };

  it.each(rows)(
    'tells $name what is wrong, and the line that mends it',
    async (row) => {
      const { step, log } = await plan(row);
      expect({ exitCode: step.exitCode, errors: step.errors.length }).toEqual({ exitCode: row.exitCode, errors: 1 });
      const [said = ''] = step.errors;
      expect(said.startsWith(`${row.code}: `)).toBe(true);
      expect(said).toMatch(row.what);
      const [, state = '', next = ''] = /^state: (.+)\nnext: (.+)$/ms.exec(said) ?? [];
      expect(state.split('\n')[0]).toMatch(/^nothing was (?:built|done)/);
      for (const line of row.next) expect(next).toContain(line);
      // People look at the summary first.
      expect(step.summary).toContain(row.code);
      // Nothing was handed on, and nothing written.
      expect(step.outputs).toEqual({});
      expect(log.writes().filter(({ kind }) => !/^upload-(?:start|end)$/.test(kind))).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'tells that the engine of the runner has the classic image store, and goes on',
    async () => {
      const { step } = await plan({ env: { DOCKER_HOST: classic } });
      expect(step).toMatchObject({ exitCode: 0, errors: [] });
      const notices = step.commands.filter(({ name }) => name === 'notice').map(({ data }) => data);
      expect(notices.join('\n')).toMatch(/classic image store.*docker buildx create --name slipway.*builder: slipway/s);
    },
    LIMIT_MS,
  );

  it(
    'takes back the upload by which it finds out that the run may publish',
    async () => {
      const { step, log } = await plan({});
      expect(step).toMatchObject({ exitCode: 0, errors: [] });
      const begun = log.of('upload-start');
      expect(begun.map(({ status }) => status)).toEqual([202, 202, 202]);
      expect(log.of('upload-end')).toHaveLength(3);
    },
    LIMIT_MS,
  );

  it(
    'asks for no right to write to further registries, for which it is given no sign-in',
    async () => {
      await using near = await startFaultProxy({ upstream });
      await using far = await startFaultProxy({ upstream, rules: mayOnlyRead });
      await using service = await openArtifacts();
      await using desk = await openDesk(lab);
      const at = `registry: ${near.host}/${desk.id}/near\nregistries: [${far.host}/${desk.id}/far]\n`;
      await desk.commit({ ...config(at), 'base/Dockerfile': 'FROM scratch\nCOPY . /\n' });
      await using job = await openJob(lab, {
        ...{ workspace: desk.folder, event: 'push', env: { ...service.env }, isFromSource: true },
      });
      const step = await job.run('matrix-generate', { preflight: 'true' });
      expect(step).toMatchObject({ exitCode: 0, errors: [] });
      expect(step.summary).toContain(`${far.host}/${desk.id}/far`);
      expect([near.log.of('upload-start').length, far.log.writes()]).toEqual([1, []]);
    },
    LIMIT_MS,
  );

  it(
    'asks for no right to publish on a pull request',
    async () => {
      const { step, log } = await plan({ proxy: { rules: mayOnlyRead } }, 'pull_request');
      expect(step).toMatchObject({ exitCode: 0, errors: [] });
      expect(log.writes()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('slipway init for a template that there is none of', () => {
  it(
    'names those that there are, and writes nothing',
    async () => {
      await using desk = await openDesk(lab);
      const ended = await desk.slipway('init', '--template', 'poetri');
      expect(ended.exitCode).toBe(2);
      expect(ended.stderr).toMatch(
        /^error usage: there is no template "poetri"\n {2}where: .+\n {2}state: nothing was done\n {2}next: {2}there are poetry, pip, uv$/m,
      );
    },
    LIMIT_MS,
  );
});
