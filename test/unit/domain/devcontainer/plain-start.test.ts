import { describe, expect, it } from '@jest/globals';
import { planStart, type StartQuestion } from '../../../../src/domain/devcontainer/plain-start.ts';
import { devcontainerId, fillTexts, variableOf } from '../../../../src/domain/devcontainer/substitution.ts';

const image = {
  user: '',
  env: ['PATH=/bin'],
  entrypoint: [],
  cmd: [],
  workdir: '',
  metadata: undefined,
  hasVolumes: false,
};
const question: StartQuestion = {
  config: { image: 'i' },
  image,
  label: 'a=b',
  folder: '/r/app',
  root: '/r',
  env: { HOME: '/home/me' },
  updateUid: true,
  self: { uid: 1001, gid: 127 },
};

function planOf(entries: unknown, more: Partial<StartQuestion> = {}) {
  const metadata = typeof entries === 'string' ? entries : JSON.stringify(entries);
  return planStart({ ...question, image: { ...image, metadata }, ...more });
}

describe('a start without the CLI', () => {
  it('has the repository where git says, and waits', () => {
    const plan = planOf([]);
    expect(plan).toMatchObject({ user: 'root', workspaceFolder: '/workspaces/r/app', workdir: '/' });
    expect(plan?.args.slice(0, 4)).toEqual(['--mount', 'type=bind,source=/r,target=/workspaces/r', '-l', 'a=b']);
  });

  it.each<[unknown]>([
    ['no JSON'],
    [[{ newKey: true }]],
    [[{ init: 'yes' }]],
    [[{ remoteEnv: { A: null } }]],
    [[{ containerEnv: { A: 1 } }]],
    [[{ mounts: [{ source: 'a', target: '/b' }] }]],
    [[{ mounts: [{ type: 'volume', target: '/b', external: true }] }]],
    [[{ postCreateCommand: { one: [] } }]],
    [[{ userEnvProbe: 'other' }]],
    [[{ remoteEnv: { A: '${localEnv}' } }]],
    [[{ remoteEnv: { A: '${containerEnv:NOBODYS}' } }]],
    [[{ remoteEnv: { 'A.B': 'x' } }]],
    [[{ containerEnv: { IFS: 'x' } }]],
    [[{ remoteUser: 'dev', entrypoint: '/start' }]],
    [[{ remoteUser: 'dev', overrideCommand: false }]],
    [[{ remoteUser: 'dev', mounts: ['source=a,target=/b'] }]],
    [[{ remoteUser: 'dev', mounts: [{ type: 'volume', source: 'a', target: '/b' }] }]],
    [[{ remoteUser: 'a:b' }]],
    [[{ remoteUser: 'a b' }]],
    [['text']],
  ])('is left to the CLI where the label says %j', (entries) => {
    expect(planOf(entries)).toBeUndefined();
  });

  it.each<[Readonly<Record<string, unknown>>]>([
    [{ features: {} }],
    [{ hostRequirements: { gpu: true } }],
    [{ runArgs: ['-it'] }],
    [{ runArgs: ['-d'] }],
    [{ runArgs: ['-e', 'A=1'] }],
    [{ runArgs: ['--env-file=x'] }],
    [{ runArgs: ['--rm'] }],
    [{ runArgs: ['-u', 'x'] }],
    [{ runArgs: ['--user=x'] }],
    [{ runArgs: ['-w', '/x'] }],
    [{ runArgs: 'text' }],
    [{ appPort: {} }],
    [{ workspaceFolder: '' }],
    [{ workspaceFolder: '/${devcontainerId}' }],
    [{ workspaceFolder: '${containerWorkspaceFolder}/x' }],
    [{ workspaceMount: 'source=${devcontainerId},target=/x' }],
  ])('is left to the CLI with %j', (config) => {
    expect(planOf([], { config: { image: 'i', ...config } })).toBeUndefined();
  });

  it.each<[Partial<StartQuestion>]>([
    [{ folder: '/other/app' }],
    [{ folder: '/r/../app' }],
    [{ folder: '/r/app.code-workspace' }],
    [{ folder: '/r/app/' }],
  ])('is left to the CLI in %j', (more) => {
    expect(planOf([], more)).toBeUndefined();
  });

  it.each<[object, Partial<StartQuestion>]>([
    [{ remoteUser: 'dev' }, { self: { uid: 0, gid: 0 } }],
    [{ remoteUser: 'dev' }, { updateUid: false }],
    [{ remoteUser: 'dev', updateRemoteUserUID: false }, {}],
    [{ remoteUser: '1000', entrypoint: '/start' }, {}],
    [{ remoteUser: 'root', entrypoint: '/start' }, {}],
  ])('needs no other number for the user: %j with %j', (entry, more) => {
    expect(planOf([entry], more)).toMatchObject({
      user: 'remoteUser' in entry ? entry.remoteUser : '',
      numbers: undefined,
    });
  });

  it.each<[object, Partial<StartQuestion>]>([
    [{ remoteUser: 'dev', mounts: ['type=bind,source=/a,target=/b', 'target=/c,type=tmpfs'] }, {}],
    [{ containerUser: 'dev' }, { config: { image: 'i', runArgs: ['--init'] } }],
    [{ remoteUser: 'dev', updateRemoteUserUID: true }, { updateUid: false }],
  ])('gives the user the numbers of the machine: %j with %j', (entry, more) => {
    expect(planOf([entry], more)).toMatchObject({ user: 'dev', numbers: { uid: 1001, gid: 127 } });
  });

  it.each<[Partial<StartQuestion>]>([
    [{ image: { ...image, user: 'dev', hasVolumes: true } }],
    [{ image: { ...image, user: 'dev' }, config: { image: 'i', runArgs: ['-v', 'a:/b'] } }],
    [{ image: { ...image, user: 'dev' }, config: { image: 'i', runArgs: ['--mount=type=bind,src=/a,dst=/b'] } }],
    [{ image: { ...image, user: 'dev' }, config: { image: 'i', workspaceMount: 'source=a,target=/b,type=volume' } }],
  ])('is left to the CLI where docker fills a volume before the numbers change: %j', (more) => {
    expect(planStart({ ...question, ...more })).toBeUndefined();
  });
});

describe('variables of a configuration', () => {
  it('stand for what is known, and the others stay', () => {
    const lookup = (name: string, args: readonly string[]) =>
      name === 'env' ? variableOf({ A: '1' }, args) : undefined;
    expect(fillTexts({ a: ['${env:A}${env:B:2:3}${env:C}${other:x}', 4, null] }, lookup)).toEqual({
      a: ['12${other:x}', 4, null],
    });
    expect(variableOf({}, ['constructor'])).toBe('');
  });

  it('name a container by its label, whatever else is the same', () => {
    expect(devcontainerId('a=b=c')).toMatch(/^[0-9a-v]{52}$/);
    expect(devcontainerId('a=b=c')).not.toBe(devcontainerId('a=b=d'));
  });
});
