import { describe, expect, it } from '@jest/globals';
import { downloadRunArtifact, listRunArtifacts } from '../../../src/clients/github-runs.ts';
import type { ExecResult } from '../../../src/ports/exec.ts';
import { scriptedExec } from '../../support/fake-exec.ts';

const run = { source: 'https://git.example.com/org/hello', id: '7' };
const gh = (result: Partial<ExecResult>) => scriptedExec([{ program: 'gh', result }]);

describe('the artifacts of a run on GitHub', () => {
  it('are asked for where the repository is, by gh, with the token and nothing else that is ours', async () => {
    const exec = gh({ stdout: '{"name":"a","expired":false}\n{"name":"b","expired":true}\n' });
    const env = { PATH: '/bin', GITHUB_TOKEN: 'token', INPUT_PASSWORD: 'x' };
    expect(await listRunArtifacts({ exec, env }, run)).toEqual([
      { name: 'a', expired: false },
      { name: 'b', expired: true },
    ]);
    const [call] = exec.calls;
    expect(call?.args).toEqual([
      'api',
      '--hostname',
      'git.example.com',
      '--paginate',
      '--jq',
      '.artifacts[] | {name, expired}',
      'repos/org/hello/actions/runs/7/artifacts?per_page=100',
    ]);
    expect(call?.options.env).toEqual({ PATH: '/bin', GH_TOKEN: 'token', GH_PROMPT_DISABLED: '1' });
  });

  it('are downloaded into a folder', async () => {
    const exec = gh({});
    await downloadRunArtifact({ exec, env: {} }, run, { name: 'a', folder: '/f' });
    const repo = 'git.example.com/org/hello';
    expect(exec.calls[0]?.args).toEqual(['run', 'download', '7', '--repo', repo, '--name', 'a', '--dir', '/f']);
  });

  it.each<[string, number, Partial<ExecResult>]>([
    ['gh-missing', 4, { exitCode: 127, stderr: 'gh: not found' }],
    ['run-unknown', 2, { exitCode: 1, stderr: 'gh: Not Found (HTTP 404)' }],
    ['github-denied', 3, { exitCode: 4, stderr: 'To get started with GitHub CLI, please run:  gh auth login' }],
    ['github-denied', 3, { exitCode: 1, stderr: 'gh: Must have admin rights (HTTP 403)' }],
    ['github-failed', 3, { exitCode: 1, stderr: 'error connecting to api.github.com' }],
    ['github-failed', 3, { stdout: '{"name":1}' }],
  ])('that cannot be had are %s, exit code %i', async (code, exitCode, result) => {
    await expect(listRunArtifacts({ exec: gh(result), env: {} }, run)).rejects.toMatchObject({
      code,
      exitCode,
      where: expect.stringMatching(/^https:/),
    });
  });
});
