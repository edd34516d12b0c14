import { describe, expect, it } from '@jest/globals';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';
import { type InitOptions, init } from '../../../src/pipelines/init.ts';
import type { Files } from '../../../src/ports/files.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import type { Questions } from '../../../src/ports/questions.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { scriptedQuestions } from '../../support/fake-questions.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const folder = '/home/ada/widgets';
const usual: InitOptions = {
  repo: folder,
  platforms: [],
  python: '3.12',
  uid: 1000,
  gid: 1000,
  weekly: true,
  force: false,
};
const workflow = '.github/workflows/images.yml';
const remote = 'https://github.com/Acme/Widgets.git';

/** A repository in memory with these files. */
function repository(tree: Readonly<Record<string, string>>) {
  const files = createMemoryFiles(
    Object.fromEntries(Object.entries(tree).map(([path, text]) => [`${folder}/${path}`, text])),
  );
  const git = (args: readonly string[]): string => {
    if (args.includes('remote')) return remote;
    if (args.includes('log')) return `${'a'.repeat(40)} 1700000000`;
    if (args.includes('refs/remotes/origin/HEAD')) return 'origin/trunk';
    return args.includes('symbolic-ref') ? 'trunk' : '';
  };
  const exec = scriptedExec([{ program: 'git', result: ({ args }) => ({ stdout: `${git(args)}\n` }) }]);
  return { files, exec };
}

function run(
  { files, exec }: Pick<ReturnType<typeof repository>, 'exec'> & { readonly files: Files },
  options: Partial<InitOptions> = {},
  questions?: Questions,
) {
  const env = {};
  const ports: Partial<Ports> = { files, exec, env, clock: fakeClock(), log: recordingLog() };
  return init(ports as unknown as Ports, { ...usual, ...options }, questions);
}

const text = (files: Files, name: string): Promise<string | undefined> => files.readText(`${folder}/${name}`);
const two = { 'api/Dockerfile': 'FROM scratch\n', 'web/Dockerfile': 'FROM scratch\n' };

describe('slipway init', () => {
  it('writes what it found, and a workflow with the rights that it needs', async () => {
    const one = repository({ ...two, VERSION: '1.0.0\n' });
    const { found, files, plan } = await run(one);
    expect(found[0]).toBe('2 Dockerfiles in folders: api, web');
    expect(files).toEqual(['slipway.yml', workflow]);
    const config = parseSlipwayYml((await text(one.files, 'slipway.yml')) ?? '', 'slipway.yml');
    expect([Object.keys(config.images ?? {}), config.registry]).toEqual([['api', 'web'], 'ghcr.io/acme/widgets']);
    expect(config['allow-untested']).toEqual(['api', 'web']);
    const lines = ((await text(one.files, workflow)) ?? '').split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'uses: org/slipway/.github/workflows/images.yml@v1',
        'contents: read # to read the repository',
        'packages: write # to publish what passed its tests',
        'branches: ["trunk"]',
        'tags: ["v*", "[0-9]*"]',
        'schedule:',
      ]),
    );
    expect(lines).not.toContain('secrets:');
    expect(plan?.images.map(({ key, repository: name }) => `${key} ${name}`)).toEqual([
      'api ghcr.io/acme/widgets/api',
      'web ghcr.io/acme/widgets/web',
    ]);
  });

  it('takes names, platforms and a registry with a sign-in from its options', async () => {
    const one = repository(two);
    const options = {
      registry: 'docker.io/ada',
      repository: 'widgets-{key}',
      platforms: ['linux/arm64'],
      weekly: false,
    };
    const { plan } = await run(one, options);
    expect(plan?.images.map(({ repository: name, platforms }) => [name, platforms])).toEqual([
      ['docker.io/ada/widgets-api', ['linux/arm64']],
      ['docker.io/ada/widgets-web', ['linux/arm64']],
    ]);
    const written = await text(one.files, workflow);
    expect(written).toContain('registry-password: ${{ secrets.REGISTRY_PASSWORD }}');
    expect(written).not.toMatch(/schedule|tags:/);
  });

  it.each([['slipway.yml'], ['.github/slipway.yml'], [workflow]])(
    'refuses where there is %s, and writes nothing',
    async (name) => {
      const one = repository({ ...two, [name]: 'mine\n' });
      await expect(run(one)).rejects.toMatchObject({ code: 'init-exists', what: `${name} is there already` });
      const all = await Promise.all(['slipway.yml', workflow].map((file) => text(one.files, file)));
      expect(all.filter((written) => written !== undefined && written !== 'mine\n')).toEqual([]);
    },
  );

  it('names all that is there at once', async () => {
    const one = repository({ 'requirements.txt': '', Dockerfile: '', 'slipway.yml': '', 'compose.yaml': '' });
    await expect(run(one, { template: 'pip' })).rejects.toMatchObject({
      what: 'slipway.yml, Dockerfile, compose.yaml are there already',
    });
  });

  it('writes over files with force', async () => {
    const one = repository({ ...two, 'slipway.yml': 'mine\n' });
    await run(one, { force: true });
    expect(await text(one.files, 'slipway.yml')).toContain('api:');
  });

  it.each([[false], [true]])('leaves everything as it was when a file cannot be written (force: %s)', async (force) => {
    const { files, exec } = repository({ ...two, ...(force ? { 'slipway.yml': 'mine\n' } : {}) });
    const broken = (path: string): void => {
      if (path.endsWith(workflow)) throw new Error('the disk is full');
    };
    const failing: Files = {
      ...files,
      async create(path, content) {
        broken(path);
        return files.create(path, content);
      },
      async write(path, content) {
        broken(path);
        return files.write(path, content);
      },
    };
    await expect(run({ files: failing, exec }, { force })).rejects.toThrow('the disk is full');
    expect(await text(files, 'slipway.yml')).toBe(force ? 'mine\n' : undefined);
  });

  it('does not touch a file that came while it was at work', async () => {
    const { files, exec } = repository(two);
    const racing: Files = {
      ...files,
      async create(path, content) {
        if (path.endsWith(workflow)) await files.write(path, 'theirs\n');
        return files.create(path, content);
      },
    };
    await expect(run({ files: racing, exec })).rejects.toMatchObject({ code: 'init-exists' });
    expect([await text(files, workflow), await text(files, 'slipway.yml')]).toEqual(['theirs\n', undefined]);
  });
});

describe('on a terminal, slipway init', () => {
  it('asks where images go and how often they are built anew', async () => {
    const one = repository(two);
    const questions = scriptedQuestions({ Where: 'registry.example/ada', Build: 'n' });
    const { found } = await run(one, {}, questions);
    expect(found).toEqual(['2 Dockerfiles in folders: api, web']);
    expect(questions.asked).toEqual([
      'Where are the images published? [ghcr.io/acme/widgets]',
      'Build everything anew each week, on the bases of then? [yes]',
    ]);
    expect(await text(one.files, 'slipway.yml')).toContain('\nregistry: registry.example/ada\n');
    expect(await text(one.files, workflow)).not.toContain('schedule');
  });

  it('takes what is usual where somebody only presses Enter', async () => {
    const [asked, not] = [repository(two), repository(two)];
    await run(asked, {}, scriptedQuestions({ Where: '', Build: '' }));
    await run(not);
    for (const file of ['slipway.yml', workflow])
      expect(await text(asked.files, file)).toBe(await text(not.files, file));
  });

  it('refuses an answer that is no registry, and writes nothing', async () => {
    const one = repository(two);
    await expect(run(one, {}, scriptedQuestions({ Where: 'not a registry' }))).rejects.toMatchObject({ exitCode: 2 });
    expect(await text(one.files, 'slipway.yml')).toBeUndefined();
  });

  it('offers a template where nothing can be built, and takes a no', async () => {
    const one = repository({ 'uv.lock': '', 'pyproject.toml': '' });
    const questions = scriptedQuestions({ 'There is no Dockerfile. Write one for uv?': 'no' });
    await expect(run(one, {}, questions)).rejects.toMatchObject({ code: 'nothing-to-build' });
    expect(await text(one.files, 'Dockerfile')).toBeUndefined();
  });
});

describe('templates', () => {
  it('are named where nothing can be built and nobody can be asked', async () => {
    await expect(run(repository({ 'poetry.lock': '', 'pyproject.toml': '' }))).rejects.toMatchObject({
      code: 'nothing-to-build',
      next: 'slipway init --template poetry writes a Dockerfile to begin with',
    });
  });

  it.each([
    ['poetry' as const, 'poetry.lock', 'run poetry lock first'],
    ['uv' as const, 'uv.lock', 'run uv lock first'],
    ['pip' as const, 'requirements.txt', 'run pip freeze > requirements.txt first'],
  ])('for %s need %s', async (template, file, next) => {
    const one = repository({ 'pyproject.toml': '' });
    const refused = run(one, { template });
    await expect(refused).rejects.toMatchObject({
      code: 'init-template-input',
      what: expect.stringContaining(file),
      next,
    });
    expect(await text(one.files, 'Dockerfile')).toBeUndefined();
  });

  it.each([['docker-bake.hcl'], ['PYTHON_VERSIONS']])(
    'are refused where %s would be read in their place',
    async (file) => {
      const one = repository({ 'requirements.txt': '', [file]: '' });
      await expect(run(one, { template: 'pip' })).rejects.toMatchObject({ code: 'init-template-taken' });
      expect(await text(one.files, 'compose.yaml')).toBeUndefined();
    },
  );
});

describe('slipway init with a dev container', () => {
  const container = { '.devcontainer/devcontainer.json': '{ "image": "x" }', 'uv.lock': '' };

  it('writes its workflow beside that of the images, and asks on a terminal what runs in it', async () => {
    const one = repository({ ...two, ...container });
    const questions = scriptedQuestions({ Where: '', Build: '', 'What runs': 'tests=uv run pytest' });
    const { files, found, plan } = await run(one, {}, questions);
    expect(files).toEqual(['slipway.yml', workflow, '.github/workflows/tests.yml']);
    expect(found).toContain('a dev container: .devcontainer/devcontainer.json, with packages by uv');
    expect(plan?.images.length).toBe(2);
    const written = await text(one.files, '.github/workflows/tests.yml');
    expect(written).toContain(
      '      image: ghcr.io/acme/widgets-devcontainer\n      venv: uv\n      run: |\n        uv run pytest\n',
    );
    expect(written).toContain('    branches: ["trunk"]');
    expect(written).not.toContain('secrets:');
  });

  it('writes the sign-in where the registry is not that of GitHub, and names a configuration that has a folder of its own', async () => {
    const one = repository({
      '.devcontainer/gpu/devcontainer.json': '{}',
      '.devcontainer/web/devcontainer.json': '{}',
    });
    const { files, found, plan } = await run(one, { registry: 'quay.io/ada' });
    expect([files, plan]).toEqual([['.github/workflows/devcontainer.yml'], undefined]);
    expect(found.at(-1)).toBe(
      '.devcontainer/web/devcontainer.json was not taken: a workflow is written for .devcontainer/gpu/devcontainer.json alone',
    );
    const written = await text(one.files, '.github/workflows/devcontainer.yml');
    expect(written).toContain(
      '      image: quay.io/ada/devcontainer\n      config: .devcontainer/gpu/devcontainer.json\n',
    );
    expect(written).toContain('      registry-password: ${{ secrets.REGISTRY_PASSWORD }}');
    expect(written).not.toContain('run:');
  });

  it.each([[['tests=']], [['images=true']], [['a=one', 'a=two']], [['  ']]])(
    'refuses what is no command, or has the name of another workflow: %j',
    async (runs) => {
      const one = repository(container);
      await expect(run(one, { runs })).rejects.toMatchObject({
        code: 'usage',
        where: '--run',
        state: 'nothing was written',
      });
      expect(await text(one.files, '.github/workflows/devcontainer.yml')).toBeUndefined();
    },
  );
});
