import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFiles } from '../../../src/adapters/files.ts';
import { createOutputs } from '../../../src/adapters/runner/outputs.ts';
import { parseValues } from '../../support/action-step.ts';

const hostile = [
  'v\nLD_PRELOAD=/x.so',
  'a\nghadelimiter_00000000-0000-0000-0000-000000000000\nother=1',
  'x<<EOF\ny\nEOF\nPATH=/evil',
  '::set-output name=other::1\r\n##[add-path]/evil',
];

describe('T12 a value that goes to the runner', () => {
  const names = ['GITHUB_OUTPUT', 'GITHUB_STATE'] as const;
  const before = names.map((name) => process.env[name]);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-outputs-'));
    for (const name of names) {
      process.env[name] = path.join(folder, name);
      await writeFile(path.join(folder, name), '');
    }
  });

  afterEach(async () => {
    for (const [at, name] of names.entries()) {
      if (before[at] === undefined) delete process.env[name];
      else process.env[name] = before[at];
    }
    await rm(folder, { recursive: true, force: true });
  });

  it.each(hostile)('T12 stays one value of one name, whatever it says: %j', async (value) => {
    const outputs = createOutputs(createFiles(), {});
    await outputs.set('version', value);
    await outputs.saveState('folder', value);
    const read = async (name: string) => parseValues(await readFile(path.join(folder, name), 'utf8'));
    const asRead = value.replaceAll('\r\n', '\n');
    expect(await read('GITHUB_OUTPUT')).toEqual({ version: asRead });
    expect(await read('GITHUB_STATE')).toEqual({ folder: asRead });
  });
});
