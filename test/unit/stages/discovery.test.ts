import { describe, expect, it } from '@jest/globals';
import { type Discovery, type DiscoveryInputs, discover } from '../../../src/stages/planning/discovery.ts';
import { type ScriptedProgram, scriptedExec } from '../../support/fake-exec.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const folder = '/home/me/shop';

/** A bake that prints this definition for any file. */
const printing = (target: Readonly<Record<string, unknown>>): ScriptedProgram => ({
  program: 'docker',
  result: ({ args }) =>
    args.includes('--print')
      ? { stdout: JSON.stringify({ group: { default: { targets: Object.keys(target) } }, target }) }
      : { stdout: JSON.stringify(Object.keys(target).map((name) => ({ name }))) },
});

const at = (paths: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(paths).map(([path, text]) => [`${folder}/${path}`, text]));

function look(
  paths: Readonly<Record<string, string>>,
  more: Partial<DiscoveryInputs> = {},
  script: readonly ScriptedProgram[] = [],
): Promise<Discovery> {
  const ports = { files: createMemoryFiles({ [`${folder}/README.md`]: '', ...at(paths) }), exec: scriptedExec(script) };
  return discover(ports, { folder, env: {}, registry: undefined, repository: 'Acme/Shop', ...more });
}

const matrix = {
  VERSION: '1.0.0',
  PYTHON_VERSIONS: '3.9\n3.10\n',
  'docker/dockerfiles/Dockerfile.cpu-py3.9': 'FROM x',
  'docker/dockerfiles/Dockerfile.cpu-py3.10': 'FROM x',
  'docker/dockerfiles/Dockerfile.cuda-py3.9': 'FROM x',
  'docker/dockerfiles/Dockerfile.cuda-py3.10': 'FROM x',
};

describe('the order of discovery', () => {
  const everything = {
    ...matrix,
    'docker-bake.hcl': '',
    'compose.yml': 'services: {}',
    'api/Dockerfile': 'FROM x',
    Dockerfile: 'FROM x',
  };
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['python-matrix', []],
    ['bake', ['PYTHON_VERSIONS']],
    ['compose', ['PYTHON_VERSIONS', 'docker-bake.hcl']],
    ['folders', ['PYTHON_VERSIONS', 'docker-bake.hcl', 'compose.yml']],
    ['dockerfile', ['PYTHON_VERSIONS', 'docker-bake.hcl', 'compose.yml', 'api/Dockerfile']],
  ];

  it.each(ways)('takes %s where there is no %j', async (how, gone) => {
    const left = Object.fromEntries(Object.entries(everything).filter(([path]) => !gone.includes(path)));
    const found = await look(left, {}, [printing({ api: { context: 'api' } })]);
    expect(found.how).toBe(how);
  });

  it('names what comes later and is not taken', async () => {
    const { notTaken } = await look(everything);
    expect(notTaken).toEqual([
      'docker-bake.hcl was not taken: PYTHON_VERSIONS comes first',
      'compose.yml was not taken: PYTHON_VERSIONS comes first',
      'Dockerfile was not taken: no image of PYTHON_VERSIONS is built from it',
      'api/Dockerfile was not taken: no image of PYTHON_VERSIONS is built from it',
    ]);
  });

  it('goes on where a file builds nothing', async () => {
    const found = await look({ 'compose.yml': 'services: {db: {image: x}}', 'api/Dockerfile': '' }, {}, [printing({})]);
    expect(found).toMatchObject({ how: 'folders', notTaken: ['compose.yml was not taken: no service has a build'] });
  });
});

describe('versions of Python with their Dockerfiles', () => {
  it('are an image each, built from the root', async () => {
    const found = await look(matrix);
    expect(found).toMatchObject({
      how: 'python-matrix',
      pythonVersions: ['3.9', '3.10'],
      registry: 'ghcr.io/acme/shop',
    });
    expect(Object.keys(found.images).sort()).toEqual(['cpu-py3.10', 'cpu-py3.9', 'cuda-py3.10', 'cuda-py3.9']);
    expect(found.images['cpu-py3.10']).toMatchObject({
      context: '.',
      dockerfile: 'docker/dockerfiles/Dockerfile.cpu-py3.10',
    });
    expect(found.notTaken).toEqual([]);
  });

  it('must all be there', async () => {
    const { 'docker/dockerfiles/Dockerfile.cuda-py3.10': _, ...rest } = matrix;
    await expect(look(rest)).rejects.toMatchObject({
      code: 'python-dockerfile-missing',
      exitCode: 2,
      what: expect.stringContaining('docker/dockerfiles/Dockerfile.cuda-py3.10 is missing'),
    });
  });

  it('are those of the list: a Dockerfile for another one is named', async () => {
    const found = await look({ ...matrix, 'docker/dockerfiles/Dockerfile.rocm-py3.8': '' });
    expect(found.notTaken).toEqual([
      'docker/dockerfiles/Dockerfile.rocm-py3.8 was not taken: PYTHON_VERSIONS does not list 3.8',
    ]);
  });

  it('are missing where every Dockerfile is for another version', async () => {
    await expect(look({ PYTHON_VERSIONS: '3.9', 'Dockerfile.cpu-py3.8': '' })).rejects.toMatchObject({
      code: 'python-dockerfile-missing',
      what: expect.stringContaining('there is Dockerfile.cpu-py3.8'),
    });
  });

  it('are an error where two folders have the same Dockerfile', async () => {
    await expect(look({ ...matrix, 'old/Dockerfile.cpu-py3.9': '' })).rejects.toMatchObject({
      code: 'key-twice',
      where: 'old/Dockerfile.cpu-py3.9',
    });
  });

  it('are refused when there is too much of them', async () => {
    await expect(look({ ...matrix, PYTHON_VERSIONS: '#'.repeat(64 * 1024 + 1) })).rejects.toMatchObject({
      code: 'python-versions-invalid',
      what: 'it is larger than 65536 bytes',
    });
  });

  it('need no VERSION, and it is said', async () => {
    const { VERSION: _, ...rest } = matrix;
    expect((await look(rest)).found).toContain('there is no VERSION, so the images get no version tag');
  });

  it('are passed over without a Dockerfile of such a name', async () => {
    const found = await look({ PYTHON_VERSIONS: '3.9', Dockerfile: '' });
    expect(found.how).toBe('dockerfile');
    expect(found.notTaken[0]).toContain('PYTHON_VERSIONS was not taken: there is no Dockerfile.<runtime>-py<version>');
  });
});

describe('folders with a Dockerfile', () => {
  it('are an image each, and what lies beside them is named', async () => {
    const found = await look({
      'images/base/Dockerfile': '',
      'images/base/Dockerfile.dockerignore': '',
      'images/web/gpu/Dockerfile': '',
      'docs/Dockerfile.example': '',
      'web/compose.yml': '',
      '.devcontainer/Dockerfile': '',
      '.git/x/Dockerfile': '',
      '.slipway/Dockerfile': '',
      'node_modules/x/Dockerfile': '',
    });
    expect(Object.entries(found.images).map(([key, { context }]) => [key, context])).toEqual([
      ['base', 'images/base'],
      ['web-gpu', 'images/web/gpu'],
    ]);
    expect(found.found).toEqual([
      '2 Dockerfiles in folders below images: base, web-gpu',
      'registry: ghcr.io/acme/shop, from the name of the repository',
    ]);
    expect(found.notTaken).toEqual([
      'docs/Dockerfile.example was not taken: it is no Dockerfile of an image folder',
      'web/compose.yml was not taken: such files are looked for in the root alone',
      '.devcontainer/Dockerfile was not taken: hidden folders are not searched',
    ]);
  });

  it('may hold a link to a Dockerfile, and not one that leads out of the repository', async () => {
    const files = createMemoryFiles({ ...at({ 'shared/Dockerfile.all': '' }), '/elsewhere/Dockerfile': '' });
    await files.makeLink(`${folder}/a/Dockerfile`, '../shared/Dockerfile.all');
    await files.makeLink(`${folder}/b/Dockerfile`, '/elsewhere/Dockerfile');
    await files.makeLink(`${folder}/c/Dockerfile`, 'gone');
    await files.makeLink(`${folder}/again`, '.');
    const found = await discover({ files, exec: scriptedExec([]) }, { folder, env: {}, registry: undefined });
    expect(Object.keys(found.images)).toEqual(['a']);
    expect(found.notTaken).toEqual([
      'shared/Dockerfile.all was not taken: it is no Dockerfile of an image folder',
      'b/Dockerfile was not taken: it is a link that leads to no file of the repository',
      'c/Dockerfile was not taken: it is a link that leads to no file of the repository',
    ]);
  });

  it('are named in part where they are many', async () => {
    const paths = Array.from({ length: 30 }, (_, index) => [`d${index}/Dockerfile.x`, ''] as const);
    const { notTaken } = await look({ Dockerfile: '', ...Object.fromEntries(paths) });
    expect(notTaken).toHaveLength(21);
    expect(notTaken.at(-1)).toBe('10 more such files were not taken');
  });
});

describe('a lone Dockerfile', () => {
  it('is an image with the name of the repository', async () => {
    expect(await look({ Dockerfile: '' })).toMatchObject({
      how: 'dockerfile',
      images: { shop: { context: '.' } },
      found: [
        'Dockerfile: the image shop, by the name of the repository',
        'registry: ghcr.io/acme/shop, from the name of the repository',
      ],
    });
  });
});

describe('nothing to build', () => {
  it('is an error that shows the smallest configuration and what was seen', async () => {
    await expect(look({ 'docker-compose.dev.yml': '', 'Dockerfile.dev': '' })).rejects.toMatchObject({
      code: 'nothing-to-build',
      exitCode: 2,
      where: folder,
      what: expect.stringMatching(
        /looked for PYTHON_VERSIONS.*; docker-compose.dev.yml was not taken.*Dockerfile.dev was/,
      ),
      next: expect.stringContaining('images:\n    app:\n      context: .'),
    });
  });
});

describe('bake and compose', () => {
  const bake = { 'docker-bake.hcl': '' };
  const run = (args: readonly string[]): boolean => args.includes('--print');

  it('are asked with the variables that were given, and with nothing else of our environment', async () => {
    const exec = scriptedExec([printing({ app: {} })]);
    await discover(
      { files: createMemoryFiles(at(bake)), exec },
      {
        folder,
        env: { PATH: '/bin', HOME: '/home/me', DOCKER_CONFIG: '/d', TOKEN: 'secret', GITHUB_TOKEN: 'secret' },
        variables: { TAG: '1', PATH: '/evil' },
        registry: undefined,
      },
    );
    expect(exec.calls.map(({ options }) => [options.cwd, options.env])).toEqual(
      exec.calls.map(() => [folder, { TAG: '1', PATH: '/bin', HOME: '/home/me', DOCKER_CONFIG: '/d' }]),
    );
    expect(exec.calls.length).toBeGreaterThan(0);
  });

  it('are a missing tool without docker', async () => {
    await expect(look(bake, {}, [{ program: 'docker', result: { exitCode: 127 } }])).rejects.toMatchObject({
      code: 'docker-missing',
      exitCode: 4,
    });
  });

  it('are a missing tool without buildx', async () => {
    const stderr = "unknown flag: --print\n\nRun 'docker --help'";
    await expect(look(bake, {}, [{ program: 'docker', result: { exitCode: 125, stderr } }])).rejects.toMatchObject({
      code: 'buildx-missing',
      exitCode: 4,
      what: expect.stringContaining('docker-bake.hcl'),
    });
  });

  it('are given up when bake does not end', async () => {
    await expect(look(bake, {}, [{ program: 'docker', result: { exitCode: 124 } }])).rejects.toMatchObject({
      code: 'bake-too-slow',
      exitCode: 4,
    });
  });

  it('may be printed by a bake that cannot list', async () => {
    const target = { app: { context: 'app' } };
    const found = await look(bake, {}, [
      { program: 'docker', args: run, result: { stdout: JSON.stringify({ target }) } },
      { program: 'docker', result: { exitCode: 1, stderr: 'unknown flag: --list' } },
    ]);
    expect(Object.keys(found.images)).toEqual(['app']);
  });

  it('may print more than a result keeps', async () => {
    const target = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`t${index}`, { context: `t${index}` }]),
    );
    const text = JSON.stringify({ target }, undefined, 2);
    const found = await look(bake, {}, [
      {
        program: 'docker',
        args: run,
        result: ({ options }) => {
          for (const line of text.split('\n')) options.onLine?.(line, 'stdout');
          return { stdout: '' };
        },
      },
      { program: 'docker', result: { stdout: 'null' } },
    ]);
    expect(Object.keys(found.images)).toHaveLength(3_000);
  });

  it('give a prefix that was asked for the names of the tags', async () => {
    const found = await look(bake, { registry: 'quay.io/x' }, [printing({ app: { tags: ['ghcr.io/acme/site:1'] } })]);
    expect(found).toMatchObject({ registry: 'quay.io/x', images: { app: { repository: 'site' } } });
  });
});
