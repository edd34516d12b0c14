import { describe, expect, it } from '@jest/globals';
import { readGit, startGit } from '../../../src/clients/git.ts';
import type { Exec, ExecResult } from '../../../src/ports/exec.ts';
import { scriptedExec } from '../../support/fake-exec.ts';

type Answers = Partial<Record<'log' | 'branch' | 'head' | 'remote' | 'status', Partial<ExecResult>>>;

/** Git with these answers; what is not given fails. */
function git({ log, branch, head, remote, status }: Answers) {
  const none = { exitCode: 128 };
  const at = ['-C', '/repo'];
  return scriptedExec([
    { program: 'git', args: [...at, 'log', '-1', '--format=%H %ct', 'HEAD'], result: log ?? none },
    { program: 'git', args: [...at, 'symbolic-ref', '--quiet', '--short', 'HEAD'], result: branch ?? none },
    {
      program: 'git',
      args: [...at, 'symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'],
      result: head ?? none,
    },
    { program: 'git', args: [...at, 'remote', 'get-url', 'origin'], result: remote ?? none },
    { program: 'git', args: [...at, 'status', '--porcelain', '--', '.'], result: status ?? none },
  ]);
}

const commit = 'a'.repeat(40);
const log = { stdout: `${commit} 1700000000\n` };

describe('git', () => {
  it('tells the commit, its time, the branches, and that nothing was changed', async () => {
    const branches = { branch: { stdout: 'topic/x\n' }, head: { stdout: 'origin/trunk\n' } };
    const exec = git({ log, ...branches, remote: { stdout: 'git@github.com:acme/widgets.git\n' }, status: {} });
    expect(await readGit(exec, '/repo')).toEqual({
      commit,
      commitTime: 1_700_000_000,
      branch: 'topic/x',
      defaultBranch: 'trunk',
      dirty: false,
      remote: 'git@github.com:acme/widgets.git',
    });
  });

  it.each([[' M file\n'], ['?? new\n'], [' D gone\n']])('calls a tree dirty that says %p', async (stdout) => {
    expect((await readGit(git({ log, status: { stdout } }), '/repo')).dirty).toBe(true);
  });

  it('calls a tree dirty whose state it does not tell', async () => {
    expect((await readGit(git({ log }), '/repo')).dirty).toBe(true);
  });

  it('names no branch on a detached head without a remote', async () => {
    expect(await readGit(git({ log, status: {} }), '/repo')).toMatchObject({ branch: null, defaultBranch: null });
  });

  it.each([
    ['in no repository', 128],
    ['without git', 127],
  ])('has no facts %s', async (_, exitCode) => {
    expect(await readGit(git({ log: { exitCode } }), '/repo')).toEqual({
      commit: null,
      commitTime: null,
      branch: null,
      defaultBranch: null,
      dirty: false,
      remote: null,
    });
  });

  it('is never asked without a time limit', async () => {
    const exec = git({ log, status: {} });
    await readGit(exec, '/repo');
    expect(exec.calls.map(({ options }) => options.timeoutMs)).toEqual(Array(5).fill(30_000));
  });

  it('says where origin is while it still looks for changes', async () => {
    const scripted = git({ log, remote: { stdout: 'https://example.com/acme/widgets\n' } });
    const never = new Promise<ExecResult>(() => {});
    const exec: Exec = {
      run: (program, args, options) => (args.includes('status') ? never : scripted.run(program, args, options)),
    };
    expect(await startGit(exec, '/repo').remote).toBe('https://example.com/acme/widgets');
  });

  it('knows no origin where there is no commit', async () => {
    expect(await startGit(git({ remote: { stdout: 'https://example.com/x\n' } }), '/repo').remote).toBeNull();
  });

  it('leaves it to the facts to say what broke', async () => {
    const broken: Exec = { run: () => Promise.reject(new Error('stopped')) };
    const reading = startGit(broken, '/repo');
    await expect(reading.facts).rejects.toThrow('stopped');
    expect(await reading.remote).toBeNull();
  });
});
