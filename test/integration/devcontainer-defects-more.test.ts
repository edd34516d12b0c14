import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { root } from '../../script/commands/project.ts';
import { declared, type EndedStep } from '../support/action-step.ts';
import { type DevcontainerDesk, openDevcontainerDesk, smallDevcontainer } from '../support/devcontainer.ts';
import { crane, docker, labEnv, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const action = 'devcontainer-prebuild';

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly platform: { readonly architecture: string } }[];
}

describe('D14: several platforms', () => {
  const desks: DevcontainerDesk[] = [];
  let steps: readonly EndedStep[];
  let indexes: readonly Index[];
  /** What each container is made of, while it is there. */
  let images: readonly string[];

  beforeAll(async () => {
    for (const word of ['one', 'two']) {
      const desk = await openDevcontainerDesk(lab, smallDevcontainer());
      await desk.write({ '.devcontainer/word': `${word}\n` });
      desks.push(desk);
    }
    const [first, second] = desks;
    if (first === undefined || second === undefined) throw new Error('there are two');
    const programs = path.join(first.folder, 'programs');
    await mkdir(programs);
    await writeFile(path.join(programs, 'skopeo'), '#!/bin/sh\necho nobody-may-call-me >&2\nexit 9\n');
    await chmod(path.join(programs, 'skopeo'), 0o755);
    // Two runners on one machine share its folder for temporary files.
    const shared = await first.job();
    const env = { PATH: `${programs}:${labEnv(lab).PATH}`, RUNNER_TEMP: shared.temp };
    const started = await Promise.all(
      desks.map(async (desk) => {
        const job = await desk.job({ env });
        const inputs = { image: desk.image, platforms: 'linux/amd64 linux/arm64', run: 'cat /word' };
        return job.start(action, inputs);
      }),
    );
    steps = await Promise.all(started.map(({ ended }) => ended));
    images = await Promise.all(
      steps.map(({ outputs }) =>
        docker(lab, 'inspect', '--format', '{{.Config.Image}}', outputs['container-id'] ?? ''),
      ),
    );
    for (const { state } of steps) {
      const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
      await shared.run(action, {}, { env: saved, script: 'post' });
    }
    indexes = await Promise.all(
      desks.map(async ({ image }) => JSON.parse(await crane(lab, 'manifest', `${image}:latest`)) as Index),
    );
  }, LIMIT_MS);

  afterAll(async () => {
    for (const desk of desks) await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('are built by two runs at once on one machine, and neither gets what is the other’s', () => {
    expect(steps.map(({ errors, outputs }) => [errors, outputs['command-output']])).toEqual([
      [[], 'one'],
      [[], 'two'],
    ]);
  });

  it('are published as one index each, without skopeo', async () => {
    for (const [at, { manifests }] of indexes.entries()) {
      const architectures = manifests.map(({ platform }) => platform.architecture);
      expect(architectures).toEqual(expect.arrayContaining(['amd64', 'arm64']));
      await crane(lab, 'validate', '--remote', `${desks[at]?.image}:latest`);
    }
    for (const { stdout } of steps) expect(stdout).not.toContain('nobody-may-call-me');
  });

  it('are built once, and the container is of the very bytes that are published', () => {
    for (const [at, { stdout }] of steps.entries()) {
      expect(stdout.match(/Start: Run: docker (buildx )?build /g)).toHaveLength(1);
      const own = indexes[at]?.manifests.find(({ platform }) => platform.architecture === 'amd64');
      expect(images[at]).toMatch(new RegExp(`@${own?.digest}$`));
    }
  });
});

describe('D16: the code of the action', () => {
  /** Every file of ours that is loaded for some ways into the bundle. */
  async function reachedFrom(...starts: readonly string[]): Promise<ReadonlySet<string>> {
    const reached = new Set<string>();
    const open = [...starts];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      const text = await readFile(path.join(root, 'src', file), 'utf8');
      for (const [, name = ''] of text.matchAll(/(?:from|import\()\s*'(\.{1,2}\/[^']+\.ts)'/g)) {
        open.push(path.posix.join(path.posix.dirname(file), name));
      }
    }
    return reached;
  }

  it('is all reached from the action, its post step or the command', async () => {
    const starts = ['actions/devcontainer-prebuild', 'actions/devcontainer-prebuild-post', 'commands/devcontainer'];
    const reached = await reachedFrom(...starts.map((name) => `entries/${name}.ts`));
    const files = (await readdir(path.join(root, 'src'), { recursive: true })).filter((file) => file.endsWith('.ts'));
    // How an action is declared is read where its page is made, too; what writes a first workflow belongs to another command.
    const own = files.filter((file) => /devcontainer|prebuild|venv/.test(file) && !/\binit\b/.test(file));
    expect(own.length).toBeGreaterThan(40);
    expect(own.filter((file) => !reached.has(file))).toEqual([]);
  });

  it('is what the committed action runs, with its post step whatever became of the job', async () => {
    const { runs } = parse(await readFile(path.join(root, 'actions', action, 'action.yml'), 'utf8')) as {
      runs: Readonly<Record<string, string>>;
    };
    expect(runs).toEqual({ using: 'node20', main: 'main.js', post: 'post.js' });
    for (const [script, name] of [['main', action] as const, ['post', `${action}-post`] as const]) {
      const text = await readFile(path.join(root, 'actions', action, `${script}.js`), 'utf8');
      expect(text).toContain(`start('${name}')`);
    }
  });
});

describe('D17: what is said of the inputs', () => {
  const page = (): Promise<string> => readFile(path.join(root, 'actions', action, 'README.md'), 'utf8');

  it(
    'as required is what the action requires, on its page and where it runs',
    async () => {
      const { inputs } = await declared(action);
      const required = Object.entries(inputs).flatMap(([name, input]) => (input.required ? [name] : []));
      expect(required).toEqual(['image']);
      const told = [...(await page()).matchAll(/^\| `([a-z-]+)` \|.*\| \*\*required\*\* \|$/gm)].map(
        ([, name]) => name,
      );
      expect(told).toEqual(required);
      await using desk = await openDevcontainerDesk(lab, smallDevcontainer());
      for (const node of [process.execPath, lab.node24]) {
        const job = await desk.job({ node });
        for (const name of required) {
          const step = await job.run(action, { image: desk.image, [name]: '' });
          expect([step.exitCode, step.errors.join()]).toEqual([2, expect.stringContaining(`the input ${name}`)]);
        }
        // All others may be left out.
        const step = await desk.run(job);
        expect([step.exitCode, step.errors]).toEqual([0, []]);
      }
    },
    LIMIT_MS,
  );

  it('is spelled as runners read it, and every input and output is on the page', async () => {
    const text = await readFile(path.join(root, 'actions', action, 'action.yml'), 'utf8');
    const { inputs, outputs } = parse(text) as Record<'inputs' | 'outputs', Record<string, object>>;
    const keys = new Set(Object.values(inputs).flatMap(Object.keys));
    expect(
      [...keys].filter((key) => !['description', 'required', 'default', 'deprecationMessage'].includes(key)),
    ).toEqual([]);
    const shown = await page();
    for (const name of [...Object.keys(inputs), ...Object.keys(outputs)]) expect(shown).toContain(`| \`${name}\` |`);
  });

  it('names in the table for those who come from elsewhere only inputs and outputs that are there', async () => {
    const text = await readFile(path.join(root, 'docs/devcontainer.md'), 'utf8');
    const [, table = ''] = /^## Coming from devcontainers\/ci\n(.*?)^(?:No login|## )/ms.exec(text) ?? [];
    const named = table
      .split('\n')
      .map((line) => (line.split('|')[2] ?? '').replace(/\([^)]*\)|`[a-z]+` of devcontainer\.json/g, ''))
      .flatMap((cell) => [...cell.matchAll(/`([a-z-]+)[:`]/g)].map(([, name = '']) => name));
    const { inputs, outputs } = await declared(action);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !(name in inputs) && !(name in outputs))).toEqual([]);
  });
});
