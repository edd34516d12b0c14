import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createClock } from '../../src/adapters/clock.ts';
import { createExec } from '../../src/adapters/exec.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createHttpServer } from '../../src/adapters/http-server.ts';
import { createRandom } from '../../src/adapters/random.ts';
import { ImageRecord } from '../../src/domain/record.ts';
import type { TestResult } from '../../src/domain/test-result.ts';
import type { Exec } from '../../src/ports/exec.ts';
import { platformRecord } from '../../src/stages/build.ts';
import { test as runTests } from '../../src/stages/test.ts';
import { readImage } from '../../src/store/image-content.ts';
import { createStore } from '../../src/store/store.ts';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { recordingLog } from '../support/fake-log.ts';
import { fakeProcesses } from '../support/fake-processes.ts';
import { docker, labEnv, requireLab, requireRemoteBuilder } from '../support/lab.ts';
import { madeImage, writeMade } from '../support/made-image.ts';
import { madePlanned, madeRecord, madeTest, plainSandbox } from '../support/made-plan.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const RunDocument = z.object({
  images: z.array(
    z.object({ kind: z.string(), record: ImageRecord, error: z.object({ what: z.string() }).optional() }),
  ),
});

/** Each line is a test of its own, so that the one that fails is called by its name. */
const probes = {
  'no variable but those of the image and the test':
    'env | grep -vE "^(PATH|HOME|HOSTNAME|PWD|SHLVL|WHO|_)=" && exit 1; test "$WHO" = "probe 1.2.3"',
  'no socket of the engine': 'test ! -e /var/run/docker.sock && test ! -e /run/docker.sock',
  'no device can be made': '! mknod /tmp/device c 1 3',
  'no raw packets, no devices, no audit log': 'grep -q "^CapEff:.00000000000405fb$" /proc/self/status',
  'no new privileges': 'grep -q "^NoNewPrivs:.1$" /proc/self/status',
  'a limit of processes': 'test "$(cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null)" = 50',
  'a limit of memory':
    'test "$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null)" = 67108864',
  'the repository, read-only': 'test -f /workspace/VERSION && ! touch /workspace/new',
  'nothing of git and of us': 'test -z "$(ls -A /workspace/.git)" && test -z "$(ls -A /workspace/.slipway)"',
} as const;

const dockerfile = (desk: Desk) =>
  [
    'FROM busybox:1.36',
    `LABEL ${desk.label}`,
    'RUN mkdir -p /app/old /srv && echo x > /app/old/file && echo y > /app/file && chmod 4755 /app/file && ln -s /app /srv/app',
    'RUN rm -r /app/old',
    'HEALTHCHECK --interval=1s CMD true',
    'CMD ["sleep", "100"]',
    '',
  ].join('\n');

const slipwayYml = [
  'registry: ghcr.io/acme',
  'images:',
  '  probe:',
  '    expect:',
  '      max-size: 20MB',
  '      cmd: [sleep, "100"]',
  '      files: { present: [/srv/app/file, /bin/sh], absent: [/app/old/file, /app/old] }',
  '      setuid: [/app/file]',
  '    tests:',
  ...Object.entries(probes).flatMap(([name, script]) => [
    `      - name: ${name}`,
    `        run: ${JSON.stringify(script)}`,
    '        workspace: read',
    '        memory: 64m',
    '        pids: 50',
    '        env: { WHO: "{key} {version}" }',
  ]),
  '      - { name: no network, network: none, run: "test \\"$(ls /sys/class/net)\\" = lo" }',
  '      - { name: healthy, up: healthy, timeout-minutes: 3 }',
  '      - { name: up, up: 1, command: [sleep, "50"] }',
  '      - { name: not up, up: 5, command: ["false"], optional: true }',
  '      - { name: junit, junit: /out, run: "mkdir /out; echo \'<testsuite><testcase name=\\"a\\"/></testsuite>\' > /out/a.xml" }',
  '      - { name: make, host: "make docker-test PYTHON_VERSION=3.10 RUNTIME=cpu" }',
  '      - { name: shaky, attempts: 3, host: "test -e .slipway/mark || { touch .slipway/mark; exit 1; }" }',
  '      - { name: no credentials, host: "! grep -q auths $DOCKER_CONFIG/config.json && test -z \\"$GITHUB_TOKEN\\"" }',
  '      - { name: slow, optional: true, timeout-minutes: 0.2, run: "trap \'echo last words; exit 3\' TERM; while :; do sleep 1; done" }',
  '',
].join('\n');

const makefile = [
  'docker-test:',
  '\ttest "$$(docker image inspect --format \'{{.Id}}\' acme/probe:1.2.3)" = "$$(docker image inspect --format \'{{.Id}}\' $$SLIPWAY_IMAGE)"',
  '\tdocker run --rm acme/probe:1.2.3 echo "python $(PYTHON_VERSION) on $(RUNTIME)"',
  '',
].join('\n');

describe('the tests of an image, with a real engine', () => {
  let desk: Desk;
  let finished: Finished;
  let record: ImageRecord;

  const result = (name: string): TestResult | undefined => record.tests.find((test) => test.name === name);

  beforeAll(async () => {
    desk = await openDesk(lab);
    await desk.commit({
      VERSION: '1.2.3\n',
      'probe/Dockerfile': dockerfile(desk),
      'slipway.yml': slipwayYml,
      Makefile: makefile,
    });
    finished = await desk.slipway('run', '--json', '--image', 'probe');
    record = RunDocument.parse(JSON.parse(finished.stdout)).images[0]?.record ?? ImageRecord.parse({});
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('speak for the image', () => {
    expect([finished.exitCode, record.test]).toEqual([0, 'passed']);
  });

  it.each([...Object.keys(probes), 'no network', 'healthy', 'up', 'make', 'no credentials'])(
    'T25 run in a container, or beside it, with %s',
    (name) => {
      expect(result(name)).toMatchObject({ state: 'passed', reason: '' });
    },
  );

  it('were made of what was built, also those on the runner', () => {
    const { digest, config } = record.platforms[0] ?? {};
    for (const { engineImage } of record.tests) expect([digest, config]).toContain(engineImage);
  });

  it('hold the image against its expectations, by its layers', () => {
    const expectations = result('expectations');
    expect(expectations).toMatchObject({ state: 'passed', kind: 'expect', unmet: [] });
    expect(expectations?.layers).toHaveLength(3);
  });

  it('count the cases of JUnit files', () => {
    expect(result('junit')).toMatchObject({ state: 'passed', cases: { passed: 1, failed: 0 } });
  });

  it('call a pass after a failure flaky, and keep both', () => {
    expect(result('shaky')).toMatchObject({ state: 'flaky', attempts: [{ state: 'failed' }, { state: 'passed' }] });
  });

  it('say of what does not stay up with which exit code it ended', () => {
    expect(result('not up')).toMatchObject({ state: 'failed', optional: true, reason: 'it ended with exit code 1' });
  });

  it('T26 end what takes too long, and hear its last words', () => {
    expect(result('slow')).toMatchObject({ state: 'failed', exitCode: 3, reason: 'no end after 0.2 min' });
    expect(finished.stderr).toContain('│ last words');
  });

  it('show what is printed while the run goes on', () => {
    expect(finished.stderr).toContain('│ python 3.10 on cpu');
  });

  it('leave no container, no image and no name in the engine', async () => {
    expect(await desk.inEngine()).toEqual([]);
    expect(await docker(lab, 'image', 'ls', '--quiet', 'acme/probe')).toBe('');
    expect(await docker(lab, 'image', 'ls', '--quiet', 'slipway-kept-*')).toBe('');
  });
});

describe('a test on the runner', () => {
  it(
    'takes the name that the project gives its image for a while, and gives it back',
    async () => {
      await using desk = await openDesk(lab);
      // The name of the desk is nobody else's.
      const name = `${desk.id}/probe:1.2.3`;
      await docker(lab, 'pull', '--quiet', 'busybox:1.36');
      await docker(lab, 'tag', 'busybox:1.36', name);
      const before = await docker(lab, 'image', 'inspect', '--format', '{{.Id}}', name);
      await desk.commit({
        VERSION: '1.2.3\n',
        'probe/Dockerfile': `FROM busybox:1.36\nLABEL ${desk.label}\n`,
        'slipway.yml': `registry: ghcr.io/${desk.id}\nimages: { probe: { tests: [{ host: "docker run --rm ${name} true && docker image inspect --format 'it was {{.Config.Labels}}' ${name}" }] } }\n`,
      });
      const run = await desk.slipway('run', '--image', 'probe');
      const after = await docker(lab, 'image', 'inspect', '--format', '{{.Id}}', name);
      await docker(lab, 'image', 'rm', name);
      expect(run.stderr).toMatch(new RegExp(`│ it was .*slipway\\.test:${desk.id}`));
      expect([run.exitCode, after]).toEqual([0, before]);
      expect(await desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('the proxies of the configuration of Docker', () => {
  it(
    'are in no container of a test',
    async () => {
      await using desk = await openDesk(lab);
      const own = `${desk.folder}/.git/docker`;
      await mkdir(own);
      for (const name of ['cli-plugins', 'buildx']) await symlink(`${lab.dockerConfig}/${name}`, `${own}/${name}`);
      await writeFile(`${own}/config.json`, '{"proxies":{"default":{"httpProxy":"http://ada:word@proxy.test"}}}');
      await desk.commit({
        'probe/Dockerfile': `FROM busybox:1.36\nLABEL ${desk.label}\n`,
        'slipway.yml': 'registry: ghcr.io/acme\nimages: { probe: { tests: [{ run: "! env | grep -i proxy" }] } }\n',
      });
      const run = await desk.start(['run', '--image', 'probe'], { DOCKER_CONFIG: own }).ended;
      expect([run.exitCode, run.stderr]).toEqual([0, expect.not.stringContaining('ada:word')]);
    },
    LIMIT_MS,
  );
});

describe('an image that is not as expected', () => {
  it(
    'is not released, and every fault is named',
    async () => {
      await using desk = await openDesk(lab);
      await desk.commit({
        'probe/Dockerfile': dockerfile(desk),
        'slipway.yml':
          'registry: ghcr.io/acme\nimages: { probe: { expect: { user: not-root, max-size: 1KB, setuid: [], files: { present: [/app/old] } } } }\n',
      });
      const run = await desk.slipway('run', '--image', 'probe');
      expect(run.exitCode).toBe(1);
      for (const fault of [
        'the user is not set, and so root',
        'more than 1.0 KB',
        '/app/old is missing',
        '/app/file has setuid',
      ]) {
        expect(run.stdout).toContain(fault);
      }
      expect(run.stdout).toContain('error test-failed: expectations on linux/amd64');
    },
    LIMIT_MS,
  );
});

describe('a platform that this machine cannot run', () => {
  it(
    'is no pass, and its expectations are read all the same',
    async () => {
      await using desk = await openDesk(lab);
      await desk.commit({
        'probe/Dockerfile': `FROM scratch\nLABEL ${desk.label}\nCOPY hello /hello\nUSER 1000\n`,
        'probe/hello': 'no machine runs this\n',
        'slipway.yml':
          'registry: ghcr.io/acme\nimages: { probe: { platforms: [linux/s390x], expect: { user: 1000, files: { present: [/hello] } }, tests: [{ name: hello, run: [/hello] }] } }\n',
      });
      await chmod(`${desk.folder}/probe/hello`, 0o755);
      const run = await desk.slipway('run', '--json', '--image', 'probe', '--to', `${lab.registry}/${desk.id}`);
      const [image] = RunDocument.parse(JSON.parse(run.stdout)).images;
      expect(run.exitCode).toBe(1);
      expect(image?.record).toMatchObject({
        test: 'failed',
        tests: [
          { kind: 'expect', state: 'passed' },
          { kind: 'run', state: 'not-run', reason: 'not run: no emulation for linux/s390x' },
        ],
      });
      expect(await desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('services where there is no compose', () => {
  it(
    'are refused by name',
    async () => {
      await using desk = await openDesk(lab);
      await desk.commit({
        'probe/Dockerfile': dockerfile(desk),
        'slipway.yml':
          'registry: ghcr.io/acme\nimages: { probe: { tests: [{ run: "true", services: compose.yml }] } }\n',
        'compose.yml': 'services: {}\n',
      });
      const own = `${desk.folder}/.git/docker`;
      await mkdir(`${own}/cli-plugins`, { recursive: true });
      for (const name of ['cli-plugins/docker-buildx', 'buildx'])
        await symlink(`${lab.dockerConfig}/${name}`, `${own}/${name}`);
      const run = await desk.start(['run', '--image', 'probe'], { DOCKER_CONFIG: own }).ended;
      expect([run.exitCode, run.stdout]).toEqual([4, expect.stringContaining('error compose-missing')]);
      expect(await desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('tests on an engine with the classic image store', () => {
  it(
    'run in what was built, and on the runner by its name',
    async () => {
      if (lab.classic === null) throw new Error('this lab has no classic engine: run script/lab up');
      await using desk = await openDesk(lab);
      const name = `${desk.id}/probe:1.2.3`;
      await desk.commit({
        VERSION: '1.2.3\n',
        'probe/Dockerfile': dockerfile(desk),
        'slipway.yml': `registry: ghcr.io/${desk.id}\nimages: { probe: { tests: [{ run: "true", pids: 50, network: none }, { up: 1 }, { host: "docker run --rm --network none ${name} true" }] } }\n`,
      });
      const args = ['run', '--json', '--image', 'probe', '--builder', requireRemoteBuilder(lab)];
      const run = await desk.start(args, { DOCKER_HOST: lab.classic.host }).ended;
      const { record } = RunDocument.parse(JSON.parse(run.stdout)).images[0] ?? {};
      expect(record?.tests.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
        'run passed',
        'up passed',
        'host passed',
      ]);
      const config = record?.platforms[0]?.config;
      expect(record?.tests.map(({ engineImage }) => engineImage)).toEqual([config, config, config]);
    },
    LIMIT_MS,
  );
});

describe('an engine that does not reach this machine', () => {
  const engines = { containerd: lab.docker.host, classic: lab.classic?.host };

  it.each(['containerd', 'classic'] as const)(
    'takes an archive, and runs exactly what was built, with the %s store',
    async (kind) => {
      const host = engines[kind];
      if (host === undefined) throw new Error('this lab has no classic engine: run script/lab up');
      const signals = { cancelled: new AbortController().signal };
      const real = createExec(signals);
      const env = { ...labEnv(lab), DOCKER_HOST: host };
      const exec: Exec = { run: (program, args, options) => real.run(program, args, { env, ...options }) };
      const files = createFiles();
      await using folder = await files.tempFolder('slipway-far-');
      const clock = createClock();
      const random = createRandom();
      const store = await createStore({ files, clock, random, processes: fakeProcesses() }, folder.path);
      const made = madeImage({ layers: [{ 'made/by': random.hex(12) }], config: { Cmd: ['/nothing'] } });
      await writeMade(store, made);
      const [content] = (await readImage(store, made.manifest.digest)).platforms;
      if (content === undefined) throw new Error('nothing was made');
      // Nobody listens on the port of a server that was closed.
      const gone = await createHttpServer().listen(async () => ({ status: 404 }));
      await gone[Symbol.asyncDispose]();
      const httpServer = { listen: async () => ({ port: gone.port, [Symbol.asyncDispose]: async () => {} }) };
      const log = recordingLog();
      const secrets = { add: () => {}, clean: (text: string) => text };
      const before = await exec.run('docker', ['image', 'ls', '--quiet']);
      const results = await runTests(
        { exec, files, clock, random, httpServer, log, secrets, env },
        {
          image: madePlanned('far', {
            tests: [madeTest({ sandbox: { ...plainSandbox, network: 'none' }, command: ['/nothing'] })],
          }),
          built: { ...madeRecord('far'), platforms: [platformRecord(content)] },
          store,
          owner: random.hex(12),
          folder: folder.path,
          version: null,
          logFolder: `${folder.path}/logs`,
        },
      );
      // There is no such program in it: what counts is that the engine made the container of our digest.
      expect([content.digest, content.configDigest]).toContain(results[0]?.engineImage);
      expect(log.texts('info')).toEqual([expect.stringContaining('it gets an archive')]);
      expect((await exec.run('docker', ['image', 'ls', '--quiet'])).stdout).toBe(before.stdout);
    },
    LIMIT_MS,
  );
});
