import { describe, expect, it } from '@jest/globals';
import { contentHash, type HashInputs } from '../../../../src/domain/devcontainer/content-hash.ts';
import type { Files } from '../../../../src/ports/files.ts';
import { withCompose } from '../../../../src/stages/prebuilding/compose.ts';
import { readHashInputs } from '../../../../src/stages/prebuilding/hash-inputs.ts';
import { readProject } from '../../../../src/stages/prebuilding/project.ts';
import { scriptedExec } from '../../../support/fake-exec.ts';
import { createMemoryFiles } from '../../../support/memory-files.ts';

const configuration = '{ "build": { "dockerfile": "Dockerfile", "context": ".." }, "postCreateCommand": "make" }';
const repository: Readonly<Record<string, string>> = {
  '/r/.devcontainer/devcontainer.json': configuration,
  '/r/.devcontainer/Dockerfile': 'FROM a\nCOPY requirements.txt tools /t/\n',
  '/r/requirements.txt': 'one\n',
  '/r/tools/a.sh': 'a\n',
  '/r/tools/b.tmp': 'b\n',
  '/r/.dockerignore': '**/*.tmp\n',
  '/r/app.py': 'app\n',
};

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  readonly cli?: string;
  readonly extraFiles?: readonly string[];
  readonly digests?: Readonly<Record<string, string>>;
  readonly wrap?: (files: Files) => Files;
}

async function read(changes: Readonly<Record<string, string | undefined>> = {}, options: Options = {}) {
  const all = Object.entries({ ...repository, ...changes });
  const files = createMemoryFiles(
    Object.fromEntries(all.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]]))),
  );
  const seen = options.wrap?.(files) ?? files;
  const project = await readProject(seen, '/r', undefined);
  return readHashInputs({ files: seen, env: options.env ?? {} }, project, {
    platforms: options.platforms ?? ['linux/amd64'],
    cli: options.cli ?? '0.89',
    extraFiles: options.extraFiles ?? [],
    featureDigests: async () => options.digests ?? {},
  });
}

async function hash(changes: Readonly<Record<string, string | undefined>> = {}, options: Options = {}) {
  return contentHash((await read(changes, options)).inputs);
}

const names = ({ inputs }: { readonly inputs: HashInputs }): readonly string[] => Object.keys(inputs).sort();

describe('the inputs of the content hash', () => {
  it('are the configuration, the Dockerfile, what it copies, the platforms and the CLI', async () => {
    expect(names(await read())).toEqual([
      'Dockerfile .devcontainer/Dockerfile',
      'configuration',
      'context requirements.txt',
      'context tools',
      'devcontainer CLI',
      'platforms',
    ]);
  });

  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    [
      'comments and layout',
      { '/r/.devcontainer/devcontainer.json': `// new\n${configuration.replaceAll(',', ' ,\n')}` },
    ],
    ['line endings', { '/r/.devcontainer/Dockerfile': 'FROM a\r\nCOPY requirements.txt tools /t/\r\n' }],
    ['files that are not copied', { '/r/app.py': 'other\n', '/r/poetry.lock': 'x' }],
    ['files that .dockerignore names', { '/r/tools/b.tmp': 'other\n' }],
    ['git', { '/r/.git/HEAD': 'x' }],
  ])('do not change with %s', async (_, changes) => {
    expect(await hash(changes)).toBe(await hash());
  });

  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['a hook', { '/r/.devcontainer/devcontainer.json': configuration.replace('make', 'make all') }],
    ['the Dockerfile', { '/r/.devcontainer/Dockerfile': 'FROM b\nCOPY requirements.txt tools /t/\n' }],
    ['a file that is copied', { '/r/requirements.txt': 'two\n' }],
    ['a file in a folder that is copied', { '/r/tools/a.sh': 'b\n' }],
    ['one more of them', { '/r/tools/c.sh': 'c\n' }],
    ['one less of them', { '/r/tools/a.sh': undefined }],
    ['a copied file that is gone', { '/r/requirements.txt': undefined }],
  ])('change with %s', async (_, changes) => {
    expect(await hash(changes)).not.toBe(await hash());
  });

  it('change with the platform and with the version of the CLI', async () => {
    expect(await hash({}, { platforms: ['linux/arm64'] })).not.toBe(await hash());
    expect(await hash({}, { cli: '0.90' })).not.toBe(await hash());
    expect(await hash({}, { platforms: ['b', 'a'] })).toBe(await hash({}, { platforms: ['a', 'b'] }));
  });

  it('change with the exec bit, and with no other right', async () => {
    const executable = (files: Files): Files => ({
      ...files,
      facts: async (path) => {
        const facts = await files.facts(path);
        return facts && { ...facts, executable: path.endsWith('.sh') };
      },
    });
    expect(await hash({}, { wrap: executable })).not.toBe(await hash());
  });

  it('have the variables of this machine that the image takes in, by their values', async () => {
    const config = '{ "image": "a", "containerEnv": { "A": "${localEnv:A}" }, "remoteEnv": { "B": "${localEnv:B}" } }';
    const changes = { '/r/.devcontainer/devcontainer.json': config };
    const one = await hash(changes, { env: { A: '1', B: '1' } });
    expect(await hash(changes, { env: { A: '2', B: '1' } })).not.toBe(one);
    expect(await hash(changes, { env: { A: '1', B: '2' } })).toBe(one);
  });

  it('are the same for a path from the folder of the repository, as the CLI reads it', async () => {
    const build = (context: string) => ({
      '/r/.devcontainer/devcontainer.json': JSON.stringify({ build: { dockerfile: 'Dockerfile', context } }),
    });
    const paths = async (context: string) => names(await read(build(context)));
    expect(await paths('${localWorkspaceFolder}')).toEqual(await paths('..'));
    expect(await paths('${localWorkspaceFolder}/tools/..')).toEqual(await paths('..'));
  });

  it('have files that are named for it, and all that is in a folder', async () => {
    const options = { extraFiles: ['app.py', 'tools'] };
    const one = await hash({}, options);
    expect(await hash({ '/r/app.py': 'x' }, options)).not.toBe(one);
    expect(await hash({ '/r/tools/b.tmp': 'x' }, options)).not.toBe(one);
  });

  it('have the whole context, with a notice, where only a build can tell what is copied', async () => {
    const changes = { '/r/.devcontainer/Dockerfile': 'FROM a\nARG F\nCOPY $F /\n' };
    const found = await read(changes);
    expect(names(found)).toContain('context .');
    expect(found.notes).toEqual([
      'the whole repository counts for the content hash: line 3 of .devcontainer/Dockerfile takes what only a build can tell',
    ]);
    expect(await hash({ ...changes, '/r/app.py': 'x' })).not.toBe(contentHash(found.inputs));
  });

  it('have only what a pattern names', async () => {
    const changes = { '/r/.devcontainer/Dockerfile': 'FROM a\nCOPY *.txt tools/*.sh /\n' };
    const one = await hash(changes);
    expect(await hash({ ...changes, '/r/app.py': 'x', '/r/tools/new.py': 'x' })).toBe(one);
    expect(await hash({ ...changes, '/r/new.txt': 'x' })).not.toBe(one);
    expect(await hash({ ...changes, '/r/tools/new.sh': 'x' })).not.toBe(one);
  });
});

describe('Features in the content hash', () => {
  const config = '{ "image": "a", "features": { "./own": {}, "ghcr.io/a/b:1": {} } }';
  const base = {
    '/r/.devcontainer/devcontainer.json': config,
    '/r/.devcontainer/own/install.sh': 'one',
    '/r/.devcontainer/own/devcontainer-feature.json': '{}',
  };
  const lock = (digest: string) => ({
    '/r/.devcontainer/devcontainer-lock.json': `{"features":{"ghcr.io/a/b:1":{"resolved":"ghcr.io/a/b@sha256:${digest}"}}}`,
  });

  it('count with all files that lie beside the configuration', async () => {
    expect(await hash({ ...base, '/r/.devcontainer/own/install.sh': 'two' })).not.toBe(await hash(base));
  });

  it('count by the lock file, where there is one', async () => {
    const one = await hash({ ...base, ...lock('1') });
    expect(await hash({ ...base, ...lock('1') }, { digests: { 'ghcr.io/a/b:1': 'sha256:9' } })).toBe(one);
    expect(await hash({ ...base, ...lock('2') })).not.toBe(one);
    expect((await read({ ...base, ...lock('1') })).notes).toEqual([]);
  });

  it('count by what the CLI finds where there is none, which is said', async () => {
    const one = await read(base, { digests: { 'ghcr.io/a/b:1': 'sha256:1' } });
    const two = await read(base, { digests: { 'ghcr.io/a/b:1': 'sha256:2' } });
    expect(contentHash(one.inputs)).not.toBe(contentHash(two.inputs));
    expect(one.notes.join()).toContain('commit the one that `devcontainer upgrade` writes');
  });

  it('count with those that they need in turn, which the CLI alone knows, and with those that one beside it needs', async () => {
    const digests = { 'ghcr.io/a/b:1': 'sha256:1', 'ghcr.io/a/needed:1': 'sha256:2' };
    const one = await read(base, { digests });
    expect(names(one)).toContain('Feature ghcr.io/a/needed:1');
    expect(await hash(base, { digests: { ...digests, 'ghcr.io/a/needed:1': 'sha256:3' } })).not.toBe(
      contentHash(one.inputs),
    );
    const own = {
      '/r/.devcontainer/devcontainer.json': '{ "image": "a", "features": { "./own": {} } }',
      '/r/.devcontainer/own/devcontainer-feature.json': '{ "dependsOn": { "ghcr.io/a/needed:1": {} } }',
    };
    expect((await read(own, { digests })).notes.join()).toContain('no lock file names ghcr.io/a/needed:1');
    expect(await hash(own, { digests: { 'ghcr.io/a/needed:1': 'sha256:3' } })).not.toBe(await hash(own, { digests }));
  });

  it('that are not there are an error', async () => {
    await expect(
      read({ ...base, '/r/.devcontainer/devcontainer.json': config.replace('own', 'gone') }),
    ).rejects.toThrow('devcontainer-feature-missing');
  });
});

describe('a service of compose in the content hash', () => {
  const files = {
    '/r/.devcontainer/devcontainer.json': '{ "dockerComposeFile": "c.yml", "service": "app" }',
    '/r/.devcontainer/c.yml': 'services: one',
    '/r/app.env': 'A=1',
  };
  const build = { context: '/r', dockerfile: '.devcontainer/Dockerfile', target: 'dev', args: { A: '1' } };
  const service = { build, env_file: [{ path: '/r/app.env' }], environment: { A: '1' } };

  async function composed(changes: Readonly<Record<string, string>> = {}, app: object = service) {
    const memory = createMemoryFiles({ ...repository, ...files, ...changes } as Record<string, string>);
    const stdout = JSON.stringify({ services: { app } });
    const exec = scriptedExec([{ program: 'docker', result: { stdout } }]);
    const project = await withCompose({ exec, files: memory }, await readProject(memory, '/r', undefined));
    const around = { platforms: ['linux/amd64'], cli: '0.89', extraFiles: [], featureDigests: async () => ({}) };
    const { inputs } = await readHashInputs({ files: memory, env: {} }, project, around);
    return { inputs, hash: contentHash(inputs) };
  }

  it('counts with its files, those of its variables, and what it is built from', async () => {
    expect(names(await composed())).toEqual([
      'Dockerfile .devcontainer/Dockerfile',
      'configuration',
      'context requirements.txt',
      'context tools',
      'devcontainer CLI',
      'file .devcontainer/c.yml',
      'file app.env',
      'platforms',
      'service app',
    ]);
  });

  it.each<[string, Readonly<Record<string, string>>, object]>([
    ['the text of a compose file', { '/r/.devcontainer/c.yml': 'services: two' }, service],
    ['a file of variables', { '/r/app.env': 'A=2' }, service],
    ['an argument', {}, { ...service, build: { ...build, args: { A: '2' } } }],
    ['the target', {}, { ...service, build: { ...build, target: 'other' } }],
    ['a copied file', { '/r/requirements.txt': 'two\n' }, service],
    ['its Dockerfile', { '/r/.devcontainer/Dockerfile': 'FROM b\n' }, service],
    ['an image in place of a build', {}, { image: 'a', env_file: service.env_file }],
  ])('changes with %s', async (_, changes, app) => {
    expect((await composed(changes, app)).hash).not.toBe((await composed()).hash);
  });

  it('does not change with what a container gets when it starts', async () => {
    const other = { ...service, environment: { A: '2' }, command: ['x'], ports: [{ target: 1 }] };
    expect((await composed({}, other)).hash).toBe((await composed()).hash);
  });
});

describe('a configuration that cannot be used', () => {
  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['is not there', { '/r/.devcontainer/devcontainer.json': undefined }, 'devcontainer-missing'],
    ['has no Dockerfile', { '/r/.devcontainer/Dockerfile': undefined }, 'dockerfile-missing'],
    ['names nothing', { '/r/.devcontainer/devcontainer.json': '{}' }, 'devcontainer-invalid'],
    [
      'takes its context from the root of the machine',
      { '/r/.devcontainer/devcontainer.json': '{"build":{"dockerfile":"Dockerfile","context":"/"}}' },
      'path-outside',
    ],
    [
      'takes its Dockerfile from the machine',
      { '/r/.devcontainer/devcontainer.json': '{"build":{"dockerfile":"/etc/passwd"}}' },
      'path-outside',
    ],
    [
      'takes its context from where a variable leads',
      { '/r/.devcontainer/devcontainer.json': '{"build":{"dockerfile":"Dockerfile","context":"${localEnv:HOME}"}}' },
      'devcontainer-path-variable',
    ],
    [
      'leads out of the repository behind its own folder',
      {
        '/r/.devcontainer/devcontainer.json':
          '{"build":{"dockerfile":"Dockerfile","context":"${localWorkspaceFolder}/.."}}',
      },
      'path-outside',
    ],
    [
      'leads out of the repository',
      { '/r/.devcontainer/devcontainer.json': '{"build":{"dockerfile":"../../D"}}' },
      'path-outside',
    ],
  ])('%s', async (_, changes, code) => {
    await expect(read(changes)).rejects.toThrow(code);
  });
});
