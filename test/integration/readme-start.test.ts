import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { blocksOf, readHere } from '../support/doc-pages.ts';
import { labEnv, requireLab } from '../support/lab.ts';

const run = promisify(execFile);

it('the ten minutes of the README work as they are written', async () => {
  const lab = requireLab();
  const section =
    readHere('README.md')
      .split('\n## ')
      .find((text) => text.startsWith('Ten minutes')) ?? '';
  const [install = '', ...blocks] = blocksOf(section)
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text);
  expect(install).toContain('dist/cli/index.js');
  expect(blocks).toHaveLength(2);
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-readme-')));
  try {
    const script = `slipway() { "$NODE" "$CLI" "$@"; }\n${blocks.join('\n')}`;
    const env = { ...labEnv(lab), HOME: folder, NODE: process.execPath, CLI: path.join(root, 'dist/cli/index.js') };
    const { stdout } = await run('sh', ['-e', '-c', script], { cwd: folder, env });
    expect(stdout).toContain('push of refs/heads/main: 1 to build');
    expect(stdout.match(/^released 1 image/gm)).toHaveLength(2);
    expect(stdout).toMatch(/widget +\w{12} +linux\/amd64 +untested/);
    expect(stdout).toMatch(/widget +\w{12} +linux\/amd64 +1 of 1 passed/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 600_000);
