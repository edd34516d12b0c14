import { describe, expect, it } from '@jest/globals';
import { Redactor } from '../../../../src/domain/redactor.ts';
import type { Files } from '../../../../src/ports/files.ts';
import { hideComposeSecrets, withCompose } from '../../../../src/stages/prebuilding/compose.ts';
import { refuseComposeHazards, refuseHazards } from '../../../../src/stages/prebuilding/hazards.ts';
import { type DevcontainerProject, readProject } from '../../../../src/stages/prebuilding/project.ts';
import { scriptedExec } from '../../../support/fake-exec.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

const at = '/r/.devcontainer/devcontainer.json';

/** A repository with links that lead to the root, to a file of the machine, nowhere, and to a folder of its own. */
async function open(
  config: object,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly files: Files; readonly project: DevcontainerProject }> {
  const texts = {
    [at]: JSON.stringify(config),
    '/etc/secret': 'x',
    '/r/own/a': 'a',
    '/r/.devcontainer/c.yml': '',
    ...more,
  };
  const files = createMemoryFiles(texts);
  await files.makeLink('/r/out', '/');
  await files.makeLink('/r/file', '/etc/secret');
  await files.makeLink('/r/nowhere', '/not/yet');
  await files.makeLink('/r/inside', 'own');
  // Who named the folder of the repository may have used a link himself.
  await files.makeLink('/linked', '/r');
  return { files, project: await readProject(files, '/linked', undefined) };
}

const image = { image: 'a' };
/** A registry that knows no Feature. */
const nobody = async () => undefined;
const build = (more: object): object => ({ build: { dockerfile: 'Dockerfile', ...more } });

describe('links of the repository that lead out of it', () => {
  it.each<[object]>([
    [{ ...image, mounts: ['type=bind,source=${localWorkspaceFolder}/out,target=/h'] }],
    [{ ...image, mounts: ['type=bind,source=${localWorkspaceFolder}/out/not/there,target=/h'] }],
    [{ ...image, mounts: ['type=bind,source=${localWorkspaceFolder}/nowhere,target=/h'] }],
    [{ ...image, mounts: [{ type: 'bind', source: '${localWorkspaceFolder}/file', target: '/h' }] }],
    [{ ...image, workspaceMount: 'type=bind,source=${localWorkspaceFolder}/out,target=/h', workspaceFolder: '/h' }],
    [{ ...image, runArgs: ['-v', '${localWorkspaceFolder}/out:/h'] }],
    [{ ...image, runArgs: ['--env-file', 'file'] }],
    [build({ context: '../out' })],
    [build({ context: '${localWorkspaceFolder}/out' })],
    [{ build: { dockerfile: '../file' } }],
    [build({ options: ['--build-context', 'x=out'] })],
    [build({ options: ['--cache-from', 'type=local,src=out'] })],
    [{ build: { dockerfile: 'Dockerfile', cacheFrom: ['type=local,src=out/cache'] } }],
    [{ ...image, features: { '../out/x': {} } }],
    [{ dockerComposeFile: '../file', service: 'app' }],
    [{ dockerComposeFile: ['c.yml', '../file'], service: 'app' }],
  ])('%j', async (config) => {
    const { files, project } = await open(config);
    await expect(refuseHazards({ files, features: nobody }, project, [])).rejects.toThrow(
      /devcontainer-hazard.*a link leads out/,
    );
    await expect(refuseHazards({ files, features: nobody }, project, ['host-mount'])).resolves.toBeUndefined();
  });

  it.each<[object]>([
    [{ ...image, mounts: ['type=bind,source=${localWorkspaceFolder}/inside,target=/h'] }],
    [{ ...image, mounts: ['type=bind,source=${localWorkspaceFolder}/absent/x,target=/h'] }],
    [{ ...image, mounts: ['type=bind,source=${localWorkspaceFolder},target=/h', 'source=out,target=/v,type=volume'] }],
    [build({ context: '..', options: ['--build-context=x=inside', '--build-context=y=docker-image://a'] })],
  ])('%j has none', async (config) => {
    const { files, project } = await open(config);
    await expect(refuseHazards({ files, features: nobody }, project, [])).resolves.toBeUndefined();
  });

  it.each<[object, object]>([
    [{ volumes: [{ type: 'bind', source: '/linked/out', target: '/h' }] }, {}],
    [{ env_file: [{ path: '/linked/file' }] }, {}],
    [{ build: { context: '/linked/out' } }, {}],
    [{}, { secrets: { s: { file: '/linked/file' } } }],
  ])('of compose: %j %j', async (service, more) => {
    const { files, project } = await open({ dockerComposeFile: 'c.yml', service: 'app' });
    const stdout = JSON.stringify({ services: { app: { image: 'a' }, db: { image: 'a', ...service } }, ...more });
    const exec = scriptedExec([{ program: 'docker', result: { stdout } }]);
    const whole = await withCompose({ exec, files }, project);
    await expect(refuseComposeHazards({ files }, whole, [])).rejects.toThrow(/devcontainer-hazard.*a link leads out/);
    await expect(refuseComposeHazards({ files }, whole, ['host-mount'])).resolves.toBeUndefined();
  });
});

describe('files that a compose file reads by itself', () => {
  const config = { dockerComposeFile: 'c.yml', service: 'app' };

  it.each<[string, Readonly<Record<string, string>>]>([
    ['include: [/etc/compose.yml]', {}],
    ['include:\n  - ../../x.yml', {}],
    ['include: [{path: [a.yml, /etc/x.yml]}]', {}],
    ['include: [{path: a.yml, env_file: /etc/secret}]', {}],
    ['include: [{path: a.yml, env_file: [a.env, /etc/secret]}]', {}],
    ['include: [{path: a.yml, project_directory: /etc}]', {}],
    ['include: ["${HOME}/x.yml"]', {}],
    ['include: [../out/x.yml]', {}],
    ['include: [a.yml]', { '/r/.devcontainer/a.yml': 'include: [/etc/x.yml]' }],
    ['include: [../own/a.yml]', { '/r/own/a.yml': 'services: {db: {extends: {file: /etc/x.yml, service: a}}}' }],
    ['include: [{path: ../own/a.yml, project_directory: ..}]', { '/r/own/a.yml': 'include: [../b.yml]' }],
    ['services: {app: {extends: {file: /etc/secret, service: a}}}', {}],
    ['services: {app: {extends: {file: ../file, service: a}}}', {}],
    ['services: {app: {extends: {file: b.yml, service: a}}}', { '/r/.devcontainer/b.yml': 'include: ["../../b.yml"]' }],
    ['x-a: &a {extends: {file: /etc/x.yml, service: a}}\nservices: {app: *a}', {}],
    ['x-a: &a {extends: {file: /etc/x.yml, service: a}}\nservices: {app: {<<: *a}}', {}],
    ['services: {}\n---\ninclude: [/etc/x.yml]', {}],
    ['include: [/etc/x.yml\nservices: {', {}],
  ])('%j is refused', async (text, more) => {
    const { files, project } = await open(config, { '/r/.devcontainer/c.yml': text, ...more });
    const ports = { files, features: nobody };
    await expect(refuseHazards(ports, project, [])).rejects.toThrow('devcontainer-hazard');
    await expect(refuseHazards(ports, project, ['host-mount'])).resolves.toBeUndefined();
  });

  it.each<[string]>([
    ['include: [a.yml, {path: ../own/b.yml, env_file: a.env, project_directory: ..}]'],
    ['services: {app: {extends: {file: ../own/b.yml, service: a}}, db: {extends: app}, x: {extends: {service: db}}}'],
    ['include: [c.yml]'],
    ['include: ["oci://registry.example/compose:1"]'],
    ['services: {'],
  ])('%j is none', async (text) => {
    const { files, project } = await open(config, { '/r/.devcontainer/c.yml': text });
    await expect(refuseHazards({ files, features: nobody }, project, [])).resolves.toBeUndefined();
  });
});

describe('what a Feature needs that is pinned by its digest', () => {
  const pinned = (name: string): string => `r.example/${name}@sha256:${'a'.repeat(64)}`;

  it.each<[string, Readonly<Record<string, readonly string[] | undefined>>]>([
    ['is not pinned', { [pinned('a')]: ['r.example/b:1'] }],
    ['needs what is not pinned', { [pinned('a')]: [pinned('b')], [pinned('b')]: ['r.example/c'] }],
    ['cannot be read', { [pinned('a')]: undefined }],
  ])('%s', async (_, needs) => {
    const { files, project } = await open({ ...image, features: { [pinned('a')]: {} } });
    const ports = { files, features: async (id: string) => needs[id] };
    await expect(refuseHazards(ports, project, [])).rejects.toThrow(/devcontainer-hazard.*Feature/);
    await expect(refuseHazards(ports, project, ['unpinned-features'])).resolves.toBeUndefined();
  });

  it('is pinned, or in the lock file, which the build holds', async () => {
    const { files, project } = await open({ ...image, features: { [pinned('a')]: {} } });
    const needs: Readonly<Record<string, readonly string[]>> = {
      [pinned('a')]: [pinned('b')],
      [pinned('b')]: [pinned('a')],
    };
    await expect(refuseHazards({ files, features: async (id) => needs[id] }, project, [])).resolves.toBeUndefined();
    const locked = { ...project, lock: {} };
    await expect(refuseHazards({ files, features: nobody }, locked, [])).resolves.toBeUndefined();
  });
});

describe('secrets that compose would show', () => {
  it('are known before compose is asked, whose errors quote values', async () => {
    const dotEnv = 'API_TOKEN="abc-very-secret" # mine\nexport DB_PASSWORD: other-secret\nMODE=harmless\n';
    const { files, project } = await open(
      { dockerComposeFile: 'c.yml', service: 'app' },
      { '/r/.devcontainer/.env': dotEnv, '/r/.env': 'MY_SECRET=third-word\n' },
    );
    const secrets = new Redactor();
    await hideComposeSecrets({ files, secrets, env: { GH_TOKEN: 'from-machine' } }, project);
    expect(secrets.clean('abc-very-secret other-secret harmless third-word from-machine')).toBe(
      '*** *** harmless *** ***',
    );
  });
});
