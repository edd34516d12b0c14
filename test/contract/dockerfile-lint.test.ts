import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { templateDockerfile } from '../../src/formats/init/dockerfile-template.ts';
import { templateNames } from '../../src/formats/init/template-choices.ts';
import { labEnv, requireLab } from '../support/lab.ts';

const choices = { name: 'poem', python: '3.11', uid: 1234, gid: 1235 };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-lint-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What hadolint says of a Dockerfile, with no configuration but what is in it. */
async function findingsIn(text: string): Promise<readonly string[]> {
  const file = path.join(folder, 'Dockerfile');
  await writeFile(file, text);
  const lab = requireLab();
  const said = await new Promise<string>((resolve, reject) => {
    const args = ['--no-color', '--config', '/dev/null', '--no-fail', '--format', 'json', file];
    execFile(lab.tools.hadolint, args, { env: labEnv(lab), cwd: folder }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
  const found = JSON.parse(said) as readonly {
    readonly line: number;
    readonly code: string;
    readonly message: string;
  }[];
  return found.map(({ line, code, message }) => `${line} ${code} ${message}`);
}

/** Exceptions from the rules of hadolint that no comment just above gives a reason for. */
function unexplained(text: string): readonly string[] {
  const lines = text.split('\n');
  const isException = (line: string): boolean => /^#\s*hadolint\b/.test(line);
  return lines.filter((line, index) => {
    const above = lines[index - 1] ?? '';
    return isException(line) && (isException(above) || !/^# \w.*\w\W?$/.test(above));
  });
}

describe('hadolint', () => {
  it('finds what is wrong with a Dockerfile that has something wrong', async () => {
    const text = 'FROM python\n# hadolint ignore=DL3042\nRUN pip install cowsay\n';
    expect(await findingsIn(text)).toEqual([expect.stringMatching(/^1 DL3006 /), expect.stringMatching(/^3 DL3013 /)]);
    expect(unexplained(text)).toEqual(['# hadolint ignore=DL3042']);
  });

  it('finds nothing in the Dockerfile of the example python-poetry that is not explained in it', async () => {
    const text = await readFile(path.join(root, 'examples/python-poetry/Dockerfile'), 'utf8');
    expect([await findingsIn(text), unexplained(text)]).toEqual([[], []]);
  });

  it.each(templateNames)(
    'finds nothing in what `slipway init --template %s` writes that is not explained in it',
    async (name) => {
      const text = templateDockerfile(name, choices);
      expect([await findingsIn(text), unexplained(text)]).toEqual([[], []]);
    },
  );
});
