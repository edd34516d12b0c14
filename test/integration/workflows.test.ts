import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { labEnv, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const run = promisify(execFile);

interface Answer {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a tool of the lab; what it reports is an answer and no failure of ours. */
async function ask(tool: 'actionlint' | 'zizmor', args: readonly string[]): Promise<Answer> {
  const lab = requireLab();
  // Nothing of the caller's: linters write colours where CI is set.
  const env = labEnv(lab);
  try {
    const { stdout, stderr } = await run(lab.tools[tool], args, { cwd: root, env, timeout: LIMIT_MS });
    return { exitCode: 0, output: `${stdout}${stderr}` };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    // Without a number it did not run to its end, which must not look like a report.
    if (typeof code !== 'number') throw error;
    return { exitCode: code, output: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

// shellcheck and pyflakes are on some machines only, and a report must not depend on that. Of `queue`, which GitHub has known
// since May 2026, this actionlint has not heard.
const ignored = 'unexpected key "queue" for "concurrency" section';
const actionlint = (files: readonly string[]): Promise<Answer> =>
  ask('actionlint', ['-no-color', '-shellcheck=', '-pyflakes=', '-ignore', ignored, ...files]);

const zizmor = (files: readonly string[]): Promise<Answer> =>
  ask('zizmor', [
    '--offline',
    '--color',
    'never',
    '--persona',
    'pedantic',
    '--strict-collection',
    '--no-progress',
    '--quiet',
    ...files,
  ]);

interface Found {
  readonly workflows: readonly string[];
  readonly actions: readonly string[];
  readonly dependabot: readonly string[];
}

/** Everything below the given folders that a linter has an opinion on. */
async function lintable(base: string, folders: readonly string[]): Promise<Found> {
  const files: string[] = [];
  for (const folder of folders.map((name) => path.join(base, name)).filter((name) => existsSync(name))) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile() && /\.ya?ml$/.test(file) && !file.includes('/.slipway/')) files.push(file);
    }
  }
  return {
    workflows: files.filter((file) => file.includes('/.github/workflows/')),
    actions: files.filter((file) => /\/action\.ya?ml$/.test(file)),
    dependabot: files.filter((file) => /\/\.github\/dependabot\.ya?ml$/.test(file)),
  };
}

describe('the workflows and actions of this repository', () => {
  let found: Found;

  beforeAll(async () => {
    const below = await lintable(root, ['.github', 'examples', 'actions']);
    found = { ...below, actions: [path.join(root, 'action.yml'), ...below.actions] };
  });

  it('are found', () => {
    expect(found.workflows).toContain(path.join(root, '.github/workflows/ci.yml'));
  });

  it(
    'have nothing that actionlint reports',
    async () => {
      expect(await actionlint(found.workflows)).toEqual({ exitCode: 0, output: '' });
    },
    LIMIT_MS,
  );

  it(
    'have nothing that a pedantic zizmor reports',
    async () => {
      const { exitCode, output } = await zizmor([...found.workflows, ...found.actions, ...found.dependabot]);
      expect(`${exitCode} ${output}`).toMatch(/^0 (No findings to report.*)?\s*$/);
    },
    LIMIT_MS,
  );
});

describe('a workflow with mistakes', () => {
  let folder: string;
  let planted: Found;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-workflows-'));
    await mkdir(path.join(folder, '.github/workflows'), { recursive: true });
    await writeFile(path.join(folder, '.github/workflows/bad.yml'), bad);
    planted = await lintable(folder, ['.github']);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(
    'is reported by actionlint',
    async () => {
      const { exitCode, output } = await actionlint(planted.workflows);
      expect(exitCode).toBe(1);
      expect(output).toContain('"github.event.pull_request.title" is potentially untrusted');
    },
    LIMIT_MS,
  );

  it(
    'is reported by zizmor',
    async () => {
      const { exitCode, output } = await zizmor(planted.workflows);
      expect(exitCode).toBeGreaterThanOrEqual(11);
      for (const finding of ['unpinned-uses', 'template-injection', 'excessive-permissions', 'artipacked']) {
        expect(output).toContain(finding);
      }
    },
    LIMIT_MS,
  );
});

const bad = `
on: pull_request
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo "\${{ github.event.pull_request.title }}"
`;
