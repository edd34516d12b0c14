import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Desk, eventually, type Finished, openDesk, type Running } from '../support/desk.ts';
import { docker, requireLab, requireRemoteBuilder, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk(lab);
}, LIMIT_MS);

afterEach(async () => {
  await desk[Symbol.asyncDispose]();
}, LIMIT_MS);

describe('a configuration that is wrong', () => {
  it('is refused for an unknown key, with the nearest known one, its line and its column', async () => {
    await desk.edit('slipway.yml', (text) => text.replace('  clock:\n    platforms:', '  clock:\n    platfroms:'));
    await refused(await desk.slipway('run'), {
      exitCode: 2,
      code: 'config-unknown-key',
      what: '"platfroms" is not known in images.clock',
      where: `slipway.yml:${await lineOf('platfroms')}:5`,
      next: 'did you mean "platforms"?',
    });
  });

  it('is refused for an unknown key inside of a list, at its line and column', async () => {
    await desk.edit('slipway.yml', (text) =>
      text.replace('      - name: it tells the year\n        run:', '      - name: it tells the year\n        rum:'),
    );
    await refused(await desk.slipway('plan', '--offline'), {
      exitCode: 2,
      code: 'config-unknown-key',
      what: '"rum"',
      where: `slipway.yml:${await lineOf('rum:')}:9`,
      next: 'did you mean "run"?',
    });
  });

  it('is refused at the line and column where it stops to be YAML', async () => {
    await writeFile(path.join(desk.folder, 'slipway.yml'), 'images:\n  base:\n    platforms: [linux/amd64\n');
    await refused(await desk.slipway('run'), {
      exitCode: 2,
      code: 'config-invalid',
      what: 'it is not YAML',
      where: /^slipway\.yml:\d+:\d+$/,
      next: /./,
    });
  });

  it('is refused for a value of the wrong kind, at its line and column', async () => {
    await desk.edit('slipway.yml', (text) =>
      text.replace('  clock:\n    platforms: [linux/amd64]', '  clock:\n    platforms: 7'),
    );
    await refused(await desk.slipway('run'), {
      exitCode: 2,
      code: 'config-invalid',
      what: 'images.clock.platforms',
      where: `slipway.yml:${await lineOf('platforms: 7')}:5`,
      next: /./,
    });
  });

  it('is missed where there is none and nothing else to build', async () => {
    await mkdir(path.join(desk.folder, 'empty'));
    await refused(await desk.slipway('run', '--repo', 'empty'), {
      exitCode: 2,
      code: 'nothing-to-build',
      what: 'there is no slipway.yml, and nothing to build was found',
      where: path.join(desk.folder, 'empty'),
      next: /^write slipway\.yml/,
    });
    expect(await readdir(path.join(desk.folder, 'empty'))).toEqual([]);
  });

  it('is refused when a Dockerfile is missing', async () => {
    await desk.edit('slipway.yml', (text) => text.replace('  clock:\n', '  clock:\n    dockerfile: Dockerfile.none\n'));
    await refused(await desk.slipway('run'), {
      exitCode: 2,
      code: 'dockerfile-missing',
      what: 'there is no Dockerfile at clock/Dockerfile.none',
      where: 'images.clock in slipway.yml',
      next: /^write it there/,
    });
  });

  it('is refused when images are built on each other in a circle', async () => {
    const clock = await readFile(path.join(desk.folder, 'clock/Dockerfile'), 'utf8');
    await desk.commit({ 'base/Dockerfile': clock.replace('/base:', '/clock:') });
    await desk.edit('slipway.yml', (text) =>
      text.replace('  base:\n', "  base:\n    build-args: { REGISTRY: '{registry}', TAG: '{tag}' }\n"),
    );
    await refused(await desk.slipway('run'), {
      exitCode: 2,
      code: 'images-in-a-circle',
      what: 'base → clock → base',
      where: /FROM/,
      next: /./,
    });
  });
});

describe('a command that asks for what cannot be', () => {
  it.each([
    ['an event that nobody knows', 'tag_push', /./],
    ['an event that is mistyped', 'pul_request', /did you mean pull_request\?/],
    ['an event that runs foreign code with our rights', 'pull_request_target', /^run on one of: push/],
  ])('is refused for %s', async (_, event, next) => {
    await refused(await desk.slipway('run', '--event', event), {
      exitCode: 2,
      code: 'event-refused',
      what: event,
      where: 'the event of this run',
      next,
    });
  });

  it('is refused for a git tag that is not the version', async () => {
    await refused(await desk.slipway('run', '--ref', 'refs/tags/v2.0.0'), {
      exitCode: 2,
      code: 'version-mismatch',
      what: 'the git tag v2.0.0 is not the version of the project, 1.0.0',
      where: 'the pushed tag v2.0.0',
      next: /VERSION/,
    });
  });

  it('is refused for an image that there is not, with the nearest that there is', async () => {
    await refused(await desk.slipway('run', '--image', 'greter'), {
      exitCode: 2,
      code: 'image-unknown',
      what: 'there is no image "greter"',
      where: 'slipway.yml',
      next: 'did you mean greeter?',
    });
  });

  it('is refused for a repository that there is not', async () => {
    await refused(await desk.slipway('run', '--repo', 'elsewhere'), {
      exitCode: 2,
      code: 'repository-missing',
      what: 'there is no folder elsewhere',
      where: '--repo',
      next: /./,
    });
  });
});

describe('a machine that lacks something', () => {
  it('is told so when no engine answers', async () => {
    const nowhere = { DOCKER_HOST: `unix://${desk.folder}/.git/nobody.sock` };
    await refused(await desk.start(['run'], nowhere).ended, {
      exitCode: 4,
      code: 'engine-missing',
      what: 'no container engine answers',
      where: 'docker version',
      next: /start the engine/,
    });
  });

  it('is told so when there is a builder, but no engine to test with', async () => {
    const nowhere = { DOCKER_HOST: `unix://${desk.folder}/.git/nobody.sock` };
    await refused(await desk.start(['run', '--builder', requireRemoteBuilder(lab)], nowhere).ended, {
      exitCode: 4,
      code: 'engine-missing',
      what: 'no container engine answers',
      where: 'docker version',
      next: /start the engine/,
    });
  });

  it('is told so when there is no docker', async () => {
    await refused(await desk.start(['run'], { PATH: await desk.programs('git') }).ended, {
      exitCode: 4,
      code: 'docker-missing',
      what: 'there is no docker command',
      where: 'PATH',
      next: /install Docker/,
    });
  });

  it('is told so when the builder is none that there is', async () => {
    await refused(await desk.slipway('run', '--builder', `none-${desk.id}`), {
      exitCode: 4,
      code: 'builder-missing',
      what: `none-${desk.id}`,
      where: 'docker buildx inspect',
      next: /--builder/,
    });
  });

  it('is told so when the store of the engine can export no build', async () => {
    const classic = `if [ "$1" = info ]; then echo '[["Backing Filesystem","extfs"]]'; exit 0; fi\nexec DOCKER "$@"`;
    const PATH = await pathWithDocker(classic);
    await refused(await desk.start(['run', '--builder', lab.builders.engine], { PATH }).ended, {
      exitCode: 4,
      code: 'builder-cannot-export',
      what: 'classic image store',
      where: /driver/,
      next: /docker buildx create/,
    });
  });

  it('is told so when the registry does not answer', async () => {
    await refused(await desk.slipway('run', '--to', '127.0.0.1:1/x'), {
      exitCode: 3,
      code: 'registry-unreachable',
      what: 'the registry 127.0.0.1:1 does not answer',
      where: '127.0.0.1:1',
      next: /--offline/,
    });
  });
});

describe('an image that is wrong', () => {
  it(
    'is named with its Dockerfile and the step when its build fails',
    async () => {
      await desk.edit('clock/Dockerfile', (text) => `${text}RUN echo "cannot go on" && false; exit 3\n`);
      const failed = await desk.slipway('run', '--image', 'clock');
      expect(failed).toMatchObject({
        exitCode: 1,
        stdout: expect.stringMatching(/^nothing was released: clock failed/),
      });
      expect(failed.stdout).toMatch(/error build-failed: .*RUN echo/);
      const lines = (await readFile(path.join(desk.folder, 'clock/Dockerfile'), 'utf8')).trimEnd().split('\n').length;
      expect(failed.stdout).toMatch(new RegExp(`^ {2}where: clock/Dockerfile:${lines}$`, 'm'));
      expect(failed.stdout).toMatch(/^ {2}state: \S/m);
      expect(failed.stdout).toMatch(/^ {2}next: {2}\S/m);
      expect(failed.stderr).toMatch(/│ .*cannot go on/);
    },
    LIMIT_MS,
  );

  it(
    'is named with the line where its Dockerfile cannot be read, and where a file that it copies is missing',
    async () => {
      await desk.edit('clock/Dockerfile', (text) => `${text}COPY nothing-there /x\n`);
      const copied = await desk.slipway('run', '--image', 'clock');
      await desk.edit('clock/Dockerfile', (text) => text.replace('COPY nothing-there /x', 'RUNN x'));
      const unread = await desk.slipway('run', '--image', 'clock');
      const lines = (await readFile(path.join(desk.folder, 'clock/Dockerfile'), 'utf8')).trimEnd().split('\n').length;
      for (const failed of [copied, unread]) {
        expect(failed).toMatchObject({ exitCode: 1 });
        expect(failed.stdout).toMatch(new RegExp(`^ {2}where: clock/Dockerfile:${lines}$`, 'm'));
      }
    },
    LIMIT_MS,
  );

  it(
    'is built with a warning on each line that the checks of BuildKit do not like, and with ten at most',
    async () => {
      const odd = Array.from({ length: 11 }, (_, at) => `ENV A${at} b\n`).join('');
      await desk.edit('base/Dockerfile', (text) => text + odd);
      const run = await desk.slipway('run', '--event', 'pull_request', '--image', 'base');
      expect(run).toMatchObject({ exitCode: 0 });
      const warnings = run.stderr.split('\n').filter((line) => line.includes('LegacyKeyValueFormat'));
      expect(warnings[0]).toMatch(
        /^warning: base\/Dockerfile:5: base: LegacyKeyValueFormat: .*\(https:\/\/docs\.docker\.com/,
      );
      expect(warnings).toHaveLength(10);
      expect(run.stderr).toContain('base: 1 more of such warnings about base/Dockerfile');
    },
    LIMIT_MS,
  );

  it(
    'is not built when a build argument has the name of a secret, and the value is not repeated',
    async () => {
      await desk.edit('slipway.yml', (text) =>
        text.replace('  base:\n', '  base:\n    build-args: { TOKEN: canary }\n'),
      );
      const run = await desk.slipway('run', '--image', 'base');
      expect(run).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^error build-arg-secret: .* TOKEN /m) });
      expect(run.stdout + run.stderr).not.toContain('canary');
      expect(await desk.leftovers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'gets no tag when no test speaks for it',
    async () => {
      await desk.edit('slipway.yml', (text) => text.slice(0, text.indexOf('    tests:', text.indexOf('  clock:'))));
      await desk.commit();
      const refusal = await desk.slipway('run');
      expect(refusal.exitCode).toBe(1);
      expect(refusal.stdout).toMatch(/^nothing was released/);
      expect(refusal.stdout).toMatch(/clock: .*no test speaks for it/);
      await using registry = await desk.serve();
      for (const key of ['base', 'greeter', 'clock']) {
        expect(await tagsOf(lab, `${registry.host}/org/hello/${key}`)).toEqual([]);
      }
    },
    LIMIT_MS,
  );
});

describe('Ctrl-C', () => {
  it(
    'stops a build, and leaves nothing behind',
    async () => {
      await desk.edit('clock/Dockerfile', (text) => `${text}RUN sleep 300; : ${desk.id}\n`);
      const temporary = await temporaryFolder();
      const run = desk.start(['run', '--event', 'pull_request', '--image', 'clock'], { TMPDIR: temporary });
      await run.said(/clock: build .*RUN sleep 300/);
      await interrupted(run);
      await nothingRuns(desk.id);
      expect(await desk.leftovers()).toEqual([]);
      expect(await leftIn(temporary)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'stops a test, and leaves no container, no image and no folder of the run behind',
    async () => {
      await desk.edit('slipway.yml', (text) => text.replace("run: 'clock |", `run: 'sleep 300; : ${desk.id}; clock |`));
      const temporary = await temporaryFolder();
      const run = desk.start(['run', '--event', 'pull_request', '--image', 'clock'], { TMPDIR: temporary });
      await run.said(/clock: test it tells the year/);
      await eventually(
        () => docker(lab, 'ps', '--quiet', '--filter', `label=${desk.label}`),
        (found) => found !== '',
      );
      await interrupted(run);
      await nothingRuns(desk.id);
      expect(await desk.leftovers()).toEqual([]);
      expect(await leftIn(temporary)).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each([
    ['while the engine makes it', 'create'],
    ['before it was started', 'inspect'],
  ])(
    'leaves no container behind that was made a moment ago, %s',
    async (_, slow) => {
      // The engine has done its part, and the answer is not with us yet.
      const PATH = await pathWithDocker(`DOCKER "$@"; code=$?; if [ "$1" = ${slow} ]; then sleep 5; fi; exit $code`);
      const run = desk.start(['run', '--event', 'pull_request', '--image', 'clock'], { PATH });
      await eventually(
        () => desk.inEngine(),
        (found) => found.some((one) => one.startsWith('container')),
      );
      await interrupted(run);
      expect(await desk.leftovers()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'leaves a registry that can be used: the same command then goes through',
    async () => {
      const slow = (text: string) => text.replace("run: 'greet", "run: 'sleep 300; greet");
      await desk.edit('slipway.yml', slow);
      const run = desk.start(['run', '--image', 'greeter']);
      await run.said(/greeter: test it greets/);
      await interrupted(run);
      await using registry = await desk.serve();
      for (const key of ['base', 'greeter']) {
        expect(await tagsOf(lab, `${registry.host}/org/hello/${key}`)).toEqual([]);
      }
      await desk.edit('slipway.yml', (text) => text.replace('sleep 300; ', ''));
      expect(await desk.slipway('run', '--image', 'greeter')).toMatchObject({ exitCode: 0 });
    },
    LIMIT_MS,
  );
});

interface Refusal {
  readonly exitCode: number;
  readonly code: string;
  readonly what: string;
  readonly where: string | RegExp;
  readonly next: string | RegExp;
}

/** Expects the four parts of an error on standard error, nothing on standard output, and nothing left behind. */
async function refused(finished: Finished, refusal: Refusal): Promise<void> {
  const { exitCode, stdout, stderr } = finished;
  const [, code, what, where, state, next] =
    /^error (\S+): ([\s\S]*)\n {2}where: ([^\n]*)\n {2}state: ([^\n]*)\n {2}next: {2}([\s\S]*)\n$/m.exec(stderr) ?? [];
  expect({ exitCode, stdout, code, stderr }).toEqual({
    exitCode: refusal.exitCode,
    stdout: '',
    code: refusal.code,
    stderr,
  });
  expect(what).toContain(refusal.what);
  if (typeof refusal.where === 'string') expect(where).toContain(refusal.where);
  else expect(where).toMatch(refusal.where);
  expect(state).toMatch(/^nothing was /);
  if (typeof refusal.next === 'string') expect(next).toBe(refusal.next);
  else expect(next).toMatch(refusal.next);
  expect(await desk.leftovers()).toEqual([]);
}

/** Presses Ctrl-C, and expects an end that says so, with every process that was started gone. */
async function interrupted(run: Running): Promise<void> {
  // What was said may be ahead of the program that it speaks of.
  const started = await eventually(
    () => descendants(run.pid),
    (found) => found.length > 0,
  );
  run.signal('SIGINT');
  const finished = await run.ended;
  expect(finished).toMatchObject({ exitCode: 130, stderr: expect.stringMatching(/^error cancelled: /m) });
  expect(finished.stderr).toMatch(/^ {2}next: {2}\S/m);
  await eventually(
    async () => (await processes()).filter((one) => started.includes(one.identity)).map(({ command }) => command),
    (alive) => alive.length === 0,
  );
}

/** Waits until no process of this machine has a text in its command: neither here nor in a container. */
async function nothingRuns(text: string): Promise<void> {
  await eventually(
    async () => (await processes()).filter(({ command }) => command.includes(text)).map(({ command }) => command),
    (alive) => alive.length === 0,
  );
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Unlike a number alone, never given again. */
  readonly identity: string;
  readonly command: string;
}

async function processes(): Promise<readonly Process[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    numbers.map(async (pid): Promise<readonly Process[]> => {
      try {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // A zombie has ended already.
        if (fields[0] === 'Z') return [];
        const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
        return [{ pid: Number(pid), parent: Number(fields[1]), identity: `${pid} ${fields[19]}`, command }];
      } catch {
        // It ended while we looked.
        return [];
      }
    }),
  );
  return found.flat();
}

async function descendants(pid: number): Promise<readonly string[]> {
  const all = await processes();
  const below = (parent: number): readonly Process[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid).map(({ identity }) => identity);
}

/** Git's own folder is no part of a context, so that what lies there changes no image. */
async function temporaryFolder(): Promise<string> {
  const folder = path.join(desk.folder, '.git/temporary');
  await mkdir(folder);
  return folder;
}

/** A PATH whose docker is a shell script; `DOCKER` in it stands for the real one. */
async function pathWithDocker(script: string): Promise<string> {
  const folder = await desk.programs();
  const program = path.join(folder, 'docker');
  await writeFile(program, `#!/bin/sh\n${script.replaceAll('DOCKER', lab.tools.docker)}\n`);
  await chmod(program, 0o755);
  return `${folder}:${process.env.PATH ?? ''}`;
}

async function leftIn(temporary: string): Promise<readonly string[]> {
  // The cache of what reads TypeScript is not ours.
  return (await readdir(temporary)).filter((name) => !name.startsWith('tsx-'));
}

async function lineOf(text: string): Promise<number> {
  const lines = (await readFile(path.join(desk.folder, 'slipway.yml'), 'utf8')).split('\n');
  return lines.findIndex((line) => line.includes(text)) + 1;
}
