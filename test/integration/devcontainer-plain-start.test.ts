import { beforeAll, describe, expect, it } from '@jest/globals';
import { account, readBoth, small, talkative } from '../support/devcontainer-images.ts';
import { type StartCase, startBoth, witness } from '../support/devcontainer-starts.ts';
import { requireLab } from '../support/lab.ts';
import { ensurePythonBase, pythonBase } from '../support/python-base.ts';

const LIMIT_MS = 240_000;
const lab = requireLab();

const cases: Readonly<Record<string, StartCase>> = {
  'an image without a label': { dockerfile: small },
  'an image with a user of its own': {
    dockerfile: [...small, ...account, 'USER dev', 'ENV A=1'],
    entries: [{ postCreateCommand: witness('create') }, { remoteEnv: { B: '2' } }],
  },
  'Features with hooks, mounts and an entrypoint': {
    dockerfile: [`FROM ${pythonBase}`],
    entries: [
      {
        id: './one',
        entrypoint: 'touch /entered',
        onCreateCommand: witness('one on create'),
        mounts: [
          'type=tmpfs,target=/scratch',
          { type: 'bind', source: '${localWorkspaceFolder}', target: '/again' },
          'type=tmpfs,target=/twice',
        ],
        containerEnv: { SHELL: '/bin/bash' },
      },
      {
        id: './two',
        init: true,
        postCreateCommand: ['/bin/sh', '-c', `${witness('two create')}; ls /entered >> hooks.txt`],
        postAttachCommand: witness('two attach'),
        mounts: ['type=tmpfs,dst=/twice,tmpfs-size=1m'],
        customizations: { any: true },
      },
      {
        updateContentCommand: witness('update'),
        postCreateCommand: witness('create'),
        postStartCommand: witness('start'),
        onCreateCommand: '',
      },
    ],
  },
  'variables of the machine, of the container and of hooks': {
    dockerfile: talkative,
    entries: [
      {
        remoteUser: 'dev',
        containerEnv: { KEPT: '${localEnv:MINE}', CC: 'c c', ID: '${devcontainerId}', SHARED: 'container' },
      },
      {
        remoteEnv: {
          AT: '${containerWorkspaceFolder}|${localWorkspaceFolderBasename}|${containerWorkspaceFolderBasename}',
          LOCAL: '${localEnv:MINE}|${localEnv:ABSENT:other:more}|${env:ABSENT}|${unknown}',
          INNER: '${containerEnv:OF_IMAGE}|${containerEnv:CC}',
          PATH: '/remote:${containerEnv:PATH}',
          SHARED: 'remote',
        },
        postCreateCommand: witness('create'),
      },
    ],
    env: { MINE: 'of mine' },
    hookEnv: { TOKEN: 'secret word', KEY: 'line 1\nline 2', SHARED: 'hook', p: 'p' },
  },
  'hooks that wait, and that change what shells say': {
    dockerfile: talkative,
    entries: [
      {
        postCreateCommand: `${witness('create')}; echo 'export LATER=yes' >> ~/.bashrc`,
        postStartCommand: witness('start'),
      },
    ],
    isLate: true,
    hookEnv: { TOKEN: 'secret' },
  },
  'hooks that are texts for a shell, and change what shells say': {
    dockerfile: talkative,
    entries: [
      {
        remoteEnv: { PATH: '/remote:${containerEnv:PATH}' },
        onCreateCommand: `${witness('on create')}; echo 'export LATER="a  b"' >> ~/.bashrc; printf 'no end of a line'`,
        postCreateCommand: `${witness('create')}; exec > /dev/null; cd /; set -- x y`,
        postStartCommand: witness('start'),
      },
    ],
  },
  'arguments, rights, ports and a command of its own': {
    dockerfile: [...small, ...account, 'ENTRYPOINT ["sleep"]', 'CMD ["1000"]'],
    entries: [
      { capAdd: ['SYS_PTRACE'], securityOpt: ['seccomp=unconfined'], overrideCommand: false, containerUser: 'dev' },
      { capAdd: ['SYS_PTRACE', 'NET_ADMIN'] },
    ],
    config: {
      runArgs: [
        '--name',
        'slipway-plain-${devcontainerId}',
        '-h',
        'host-of-it',
        '--memory=64m',
        '-v',
        '${localWorkspaceFolder}:/twice',
      ],
      appPort: [34567, '127.0.0.1::8080'],
    },
  },
  'a folder below its repository, and hooks side by side': {
    dockerfile: small,
    below: 'deep/er',
    entries: [
      {
        privileged: true,
        userEnvProbe: 'none',
        postCreateCommand: { one: ['touch', 'a b'], two: `sleep 1; ls >> hooks.txt; ${witness('two')}` },
      },
    ],
  },
  'a place of its own': {
    dockerfile: small,
    entries: [{ userEnvProbe: 'loginShell', postStartCommand: witness('start') }],
    config: {
      workspaceFolder: '/place/${localWorkspaceFolderBasename}',
      workspaceMount: 'type=bind,source=${localWorkspaceFolder},target=${containerWorkspaceFolder}',
    },
  },
};

describe('a container that is started without the CLI', () => {
  beforeAll(() => ensurePythonBase(lab), LIMIT_MS);

  it.each(Object.entries(cases))(
    'is the one that the CLI starts: %s',
    async (_, given) => {
      const { byCli, plain } = await startBoth(lab, given);
      expect(plain).toEqual(byCli);
    },
    LIMIT_MS,
  );

  it(
    'knows of an image from its registry what the engine says of it',
    async () => {
      const [there, here] = await readBoth(lab, 'python');
      expect(there).toEqual(here);
    },
    LIMIT_MS,
  );
});
