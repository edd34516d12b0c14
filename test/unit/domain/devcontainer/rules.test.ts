import { describe, expect, it } from '@jest/globals';
import { answerOfError, decideBuild } from '../../../../src/domain/devcontainer/build-decision.ts';
import { fillLocal, kindOf, localEnvNames } from '../../../../src/domain/devcontainer/config.ts';
import {
  changedInputs,
  contentHash,
  contentTag,
  digestOfText,
  digestOfValue,
} from '../../../../src/domain/devcontainer/content-hash.ts';
import { readImageInput } from '../../../../src/domain/devcontainer/image-input.ts';
import { overrideConfig } from '../../../../src/domain/devcontainer/override.ts';
import { hazardsIn, notAllowed, privilegesIn } from '../../../../src/domain/devcontainer/refusals.ts';
import { cacheHit, venvKeys } from '../../../../src/domain/devcontainer/venv-key.ts';
import { venvManagers } from '../../../../src/domain/devcontainer/venv-manager.ts';
import { digestOf } from '../../../../src/domain/digest.ts';
import { RemoteError } from '../../../../src/domain/errors.ts';

describe('the name of the image', () => {
  it.each([
    ['ghcr.io/owner/app', 'ghcr.io/owner/app', 'latest'],
    ['ghcr.io/owner/app:latest', 'ghcr.io/owner/app', 'latest'],
    ['GHCR.io/Owner/My-App:Main', 'ghcr.io/owner/my-app', 'Main'],
    ['localhost:5000/App', 'localhost:5000/app', 'latest'],
    ['localhost:5000/App:x', 'localhost:5000/app', 'x'],
  ])('%s is %s with the tag %s', (text, repository, floating) => {
    expect(readImageInput(text, 'image')).toEqual({ repository, floating });
  });

  it.each([
    [`ghcr.io/a/b@sha256:${'0'.repeat(64)}`, 'devcontainer-image-digest'],
    ['ghcr.io/a/b:', 'tag-invalid'],
    ['ghcr.io/a b', 'reference-invalid'],
  ])('%s is refused', (text, code) => {
    expect(() => readImageInput(text, 'image')).toThrow(code);
  });
});

describe('the content hash', () => {
  const inputs = { a: digestOf('a'), b: digestOf('b') };

  it('does not depend on the order in which inputs were found', () => {
    expect(contentHash({ b: inputs.b, a: inputs.a })).toBe(contentHash(inputs));
    expect(contentHash({ a: inputs.b, b: inputs.a })).not.toBe(contentHash(inputs));
  });

  it('gives a tag of sixteen digits', () => {
    expect(contentTag(contentHash(inputs))).toMatch(/^dc-[0-9a-f]{16}$/);
  });

  it('says which inputs are others', () => {
    const now = { b: digestOf('x'), c: digestOf('c') };
    expect(changedInputs(inputs, now)).toEqual([
      { input: 'a', change: 'removed' },
      { input: 'b', change: 'changed' },
      { input: 'c', change: 'added' },
    ]);
    expect(changedInputs(inputs, { ...inputs })).toEqual([]);
  });

  it('does not count line endings, a byte order mark and the order of keys', () => {
    expect(digestOfText('\uFEFFa\r\nb\r')).toBe(digestOfText('a\nb\n'));
    expect(digestOfText('a b')).not.toBe(digestOfText('a\nb'));
    expect(digestOfValue({ a: 1, b: 2 })).toBe(digestOfValue({ b: 2, a: 1 }));
  });
});

describe('what a registry says, and what follows', () => {
  const digest = digestOf('image');
  const error = (code: string): RemoteError => new RemoteError({ code, what: '', state: '', next: '' });

  it.each([
    ['there', true, false, 'reuse'],
    ['there', false, false, 'reuse'],
    ['there', true, true, 'build refresh'],
    ['there', false, true, 'reuse'],
    ['absent', true, false, 'build absent'],
    ['absent', false, false, 'build absent'],
    ['registry-denied', true, false, 'fail'],
    ['registry-denied', false, false, 'build denied'],
    ['registry-failed', true, false, 'fail'],
    ['registry-failed', false, false, 'build unreachable'],
    ['registry-busy', true, false, 'fail'],
    ['remote-unreachable', false, false, 'build unreachable'],
  ])('%s, publishing %p, refreshing %p: %s', (said, push, refresh, wanted) => {
    const known = said === 'there' ? ({ kind: 'there', digest } as const) : ({ kind: 'absent' } as const);
    const answer = said === 'there' || said === 'absent' ? known : answerOfError(error(said));
    const decision = decideBuild(answer, { push, refresh });
    expect(`${decision.kind}${decision.kind === 'build' ? ` ${decision.why}` : ''}`).toBe(wanted);
  });

  it('leaves what is not about the registry alone', () => {
    expect(() => answerOfError(new TypeError('a bug'))).toThrow('a bug');
  });
});

describe('the configuration', () => {
  it.each([
    [{ image: 'a' }, 'image'],
    [{ build: { dockerfile: 'D' }, image: 'a' }, 'dockerfile'],
    [{ dockerFile: 'D' }, 'dockerfile'],
    [{ dockerComposeFile: 'c.yml', service: 'app' }, 'compose'],
    [{ name: 'x' }, undefined],
  ])('%j is one of %s', (config, kind) => {
    expect(kindOf(config)).toBe(kind);
  });

  it('names the variables of this machine that come into the image, and no others', () => {
    const config = {
      build: { args: { A: '${localEnv:ONE}', B: 'x${localEnv:TWO:other}y${env:ONE}' } },
      containerEnv: { C: '${localEnv:THREE}', D: '${containerEnv:PATH}' },
      remoteEnv: { E: '${localEnv:FOUR}' },
      features: { './f': { word: '${localEnv:FIVE}' } },
      image: 'a:${localEnv:A_TAG}',
    };
    expect(localEnvNames(config)).toEqual(['A_TAG', 'FIVE', 'ONE', 'THREE', 'TWO']);
  });

  it('is started with what the label of the image does not carry, and nothing is built or run on this machine', () => {
    const config = {
      name: 'n',
      build: { dockerfile: 'D' },
      features: { './f': {} },
      runArgs: ['--init'],
      initializeCommand: 'touch x',
      postCreateCommand: 'make',
      workspaceFolder: '/w',
      remoteUser: 'dev',
    };
    expect(overrideConfig(config, 'r@sha256:1')).toEqual({
      name: 'n',
      runArgs: ['--init'],
      workspaceFolder: '/w',
      image: 'r@sha256:1',
    });
  });

  it('has places for what is known of this machine', () => {
    const known = { env: { A: 'x' }, folder: '/home/me/project' };
    const text = '${localWorkspaceFolder}/${localEnv:A}-${localEnv:B:b}-${localWorkspaceFolderBasename}';
    expect(fillLocal(text, known)).toBe('/home/me/project/x-b-project');
  });
});

describe('what a pull request may not do', () => {
  it.each([
    [{ initializeCommand: 'curl x' }, 'initialize-command'],
    [{ privileged: true }, 'privileged'],
    [{ capAdd: ['SYS_PTRACE'] }, 'privileged'],
    [{ securityOpt: ['seccomp=unconfined'] }, 'privileged'],
    [{ runArgs: ['--privileged'] }, 'privileged'],
    [{ runArgs: ['--privileged=true'] }, 'privileged'],
    [{ runArgs: ['--cap-add=ALL'] }, 'privileged'],
    [{ runArgs: ['--cap-add', 'ALL'] }, 'privileged'],
    [{ runArgs: ['--device', '/dev/kvm'] }, 'privileged'],
    [{ runArgs: ['--pid=host'] }, 'privileged'],
    [{ runArgs: ['--network', 'host'] }, 'privileged'],
    [{ runArgs: ['--net=container:x'] }, 'privileged'],
    [{ runArgs: ['--security-opt', 'apparmor=unconfined'] }, 'privileged'],
    [{ runArgs: ['-v', '/var/run/docker.sock:/var/run/docker.sock'] }, 'host-mount'],
    [{ runArgs: ['-v/:/host'] }, 'host-mount'],
    [{ runArgs: ['--volume=/:/host'] }, 'host-mount'],
    [{ runArgs: ['--mount', 'type=bind,source=/etc,target=/e'] }, 'host-mount'],
    [{ mounts: ['source=/var/run/docker.sock,target=/s,type=bind'] }, 'host-mount'],
    [{ mounts: [{ type: 'bind', source: '/root', target: '/r' }] }, 'host-mount'],
    [{ mounts: ['source=${localEnv:HOME}/.ssh,target=/s,type=bind'] }, 'host-mount'],
    [{ mounts: ['source=${localWorkspaceFolder}/../x,target=/s,type=bind'] }, 'host-mount'],
    [{ workspaceMount: 'source=/,target=/w,type=bind' }, 'host-mount'],
    [
      { mounts: ['type=volume,source=v,target=/v,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/'] },
      'host-mount',
    ],
    [{ runArgs: ['--env-file=/home/runner/.netrc'] }, 'host-mount'],
    [{ runArgs: ['--cidfile', '/etc/cron.d/x'] }, 'host-mount'],
    [{ runArgs: ['--use-api-socket'] }, 'privileged'],
    [{ build: { dockerfile: 'D', options: ['--secret', 'id=x,src=/home/me/.ssh/id'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--output=type=local,dest=/'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--build-context', 'root=/'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--ssh=default'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--cache-from', 'type=local,src=/etc'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--cache-from=type=local,"src=../../x"'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', cacheFrom: 'type=local,src=/etc' } }, 'host-mount'],
    [{ build: { dockerfile: 'D', cacheFrom: ['a/b:latest', 'src=~/x,type=local'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--allow', 'security.insecure'] } }, 'privileged'],
    [{ build: { dockerfile: 'D', options: ['--network=host'] } }, 'privileged'],
    [{ mounts: ['type=bind,source=/,target=/h/volume-opt=device=x'] }, 'host-mount'],
    [{ mounts: ['type=bind,source=v,target=/h,source=/'] }, 'host-mount'],
    [{ mounts: ['type=bind,source=/,target=/h,source=v'] }, 'host-mount'],
    [{ mounts: ['type=bind,SOURCE=/,target=/h'] }, 'host-mount'],
    [{ mounts: [{ type: 'bind', source: 'v', target: '/h,source=/' }] }, 'host-mount'],
    [{ mounts: ['type=volume,source=v,target=/h\n    privileged: true'] }, 'host-mount'],
    [{ mounts: ['source=${containerWorkspaceFolder}/x,target=/h,type=bind'] }, 'host-mount'],
    [
      { mounts: ['source=${localWorkspaceFolder}/${localEnv:NONE:..}/${localEnv:NONE:..},target=/h,type=bind'] },
      'host-mount',
    ],
    [
      { mounts: ['type=volume,source=v,target=/v,volume-opt=device=none,volume-opt=device=/,volume-opt=device=x'] },
      'host-mount',
    ],
    [{ mounts: ['type=volume,target=/v,volume-opt=type=overlay,"volume-opt=o=lowerdir=/,upperdir=/u"'] }, 'host-mount'],
    [{ mounts: ['type=volume,target=/v,volume-opt=type=tmpfs,volume-opt=device=x,volume-opt=o=bind'] }, 'host-mount'],
    [{ runArgs: ['-v', '/:/h,volume-opt=device=x'] }, 'host-mount'],
    [{ runArgs: ['-v', '/:/h,source=v'] }, 'host-mount'],
    [{ runArgs: ['-v', '/:/h,target=v'] }, 'host-mount'],
    [{ runArgs: ['-itv/:/h'] }, 'host-mount'],
    [{ runArgs: ['-tv', '/:/h'] }, 'host-mount'],
    [{ runArgs: ['-v=/:/h'] }, 'host-mount'],
    [{ runArgs: ['--network', 'name=host'] }, 'privileged'],
    [{ runArgs: ['--network=alias=x,"name=host"'] }, 'privileged'],
    [{ runArgs: ['--env-file', 'a/../../x'] }, 'host-mount'],
    [{ runArgs: ['--label-file=a/../../x'] }, 'host-mount'],
    [{ runArgs: ['--cidfile', 'a/b/../../../x'] }, 'host-mount'],
    [{ runArgs: ['--mount', 'type=bind,source=a/../../x,target=/h'] }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--build-context', 'x=src/../../../../home/runner'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--build-context=x=a://../../../home/runner'] } }, 'host-mount'],
    [{ build: { dockerfile: 'D', options: ['--build-context=x=oci-layout:///home/runner'] } }, 'host-mount'],
    [{ features: { 'ghcr.io/a/b:1': {} } }, 'unpinned-features'],
    [{ features: { 'https://example.com/f.tgz': {} } }, 'unpinned-features'],
  ])('%j is refused as %s, unless that is allowed', (config, hazard) => {
    const found = hazardsIn(config, []);
    expect([...new Set(found.map((one) => one.hazard))]).toEqual([hazard]);
    expect(notAllowed(found, [hazard])).toEqual([]);
    expect(notAllowed(found, ['something-else'])).toEqual(found);
  });

  it.each([
    [{ runArgs: ['--init', '--network', 'none', '--memory=1g', '--security-opt=no-new-privileges'] }],
    [{ runArgs: ['--privileged=false'] }],
    [{ runArgs: ['-v', 'cache:/cache', '--mount', 'type=volume,source=v,target=/v'] }],
    [{ mounts: ['source=cache,target=/c,type=volume', 'type=tmpfs,target=/t'] }],
    [{ mounts: ['source=${localWorkspaceFolder}/data,target=/d,type=bind'] }],
    [
      {
        mounts: ['source=x-${devcontainerId},target=/d,type=volume', 'type=bind,source=${localWorkspaceFolder},dst=/d'],
      },
    ],
    [{ mounts: ['type=volume,target=/t,volume-opt=type=tmpfs,volume-opt=device=tmpfs,"volume-opt=o=size=1m,uid=7"'] }],
    [{ runArgs: ['--env-file', 'a/../dev.env', '-e', 'x', '--network=name=own'] }],
    [{ build: { dockerfile: 'D', options: ['--build-context', 'x=a/../b', '--build-context=y=tools'] } }],
    [{ workspaceMount: 'source=${localWorkspaceFolder},target=/w,type=bind', workspaceFolder: '/w' }],
    [{ features: { './own': {}, 'ghcr.io/a/b:1': {}, [`ghcr.io/a/c@sha256:${'0'.repeat(64)}`]: {} } }],
    [{ postCreateCommand: 'make' }],
    [{ runArgs: ['--env-file', 'dev.env'] }],
    [
      {
        build: { dockerfile: 'D', options: ['--label', 'a=b', '--add-host=a:1.2.3.4', '--network', 'none', '--pull'] },
      },
    ],
    [{ build: { dockerfile: 'D', options: ['--build-context', 'tools=docker-image://busybox'] } }],
  ])('%j is let through', (config) => {
    expect(hazardsIn(config, ['ghcr.io/a/b:1'])).toEqual([]);
  });

  it('includes what a Feature or the label of an image asks for', () => {
    expect(privilegesIn({ privileged: true, mounts: ['source=/,target=/h,type=bind'] }, 'f')).toEqual([
      { hazard: 'privileged', what: 'f has privileged' },
      { hazard: 'host-mount', what: 'mounts of f takes / of the machine' },
    ]);
  });
});

describe('the key of saved packages', () => {
  const facts = {
    os: 'linux',
    architecture: 'amd64',
    imageLayers: [digestOf('layer')],
    python: '3.12.1',
    path: '/workspaces/app/.venv',
    install: ['poetry'],
    lock: digestOf('lock'),
  };

  it.each([
    ['another Python', { python: '3.12.2' }],
    ['another image', { imageLayers: [digestOf('other')] }],
    ['another path', { path: '/w/app/.venv' }],
    ['other arguments', { install: ['poetry', '--with', 'dev'] }],
    ['another machine', { architecture: 'arm64' }],
  ])('never serves %s', (_, change) => {
    const { restoreKeys } = venvKeys({ ...facts, ...change });
    expect(restoreKeys.some((start) => venvKeys(facts).key.startsWith(start))).toBe(false);
  });

  it('begins alike for another lock file, so that it serves as a start', () => {
    const other = venvKeys({ ...facts, lock: digestOf('other') });
    const own = venvKeys(facts);
    expect(own.key).not.toBe(other.key);
    expect(own.restoreKeys.every((start) => other.key.startsWith(start))).toBe(true);
    expect([own.key, other.key, undefined].map((found) => cacheHit(own, found))).toEqual(['exact', 'partial', 'miss']);
  });

  it('has a form that caches take', () => {
    expect(venvKeys({ ...facts, python: '3,12' }).key).toMatch(/^dcvenv-v1-[A-Za-z0-9._-]{1,400}$/);
  });
});

describe('how packages are installed', () => {
  const commands = (name: string, poetry?: readonly [number, number]): readonly string[] =>
    (venvManagers.find((one) => one.name === name)?.commands({ installArgs: ['--x'], poetry }) ?? []).map((words) =>
      words.join(' '),
    );

  it.each<[readonly [number, number], readonly string[]]>([
    [[1, 1], ['poetry install --remove-untracked --no-interaction --x']],
    [[1, 3], ['poetry install --sync --no-interaction --x']],
    [
      [1, 8],
      ['poetry check --lock', 'poetry install --sync --no-interaction --x'],
    ],
    [
      [2, 1],
      ['poetry check --lock', 'poetry sync --no-interaction --x'],
    ],
  ])('by Poetry %p', (version, wanted) => {
    expect(commands('poetry', version)).toEqual(wanted);
  });

  it('by uv, which refuses a stale lock by itself', () => {
    expect(commands('uv')).toEqual(['uv sync --locked --x']);
  });

  it('by pip, into a venv that is made when it is not there', () => {
    expect(commands('pip').at(-1)).toBe('.venv/bin/python -m pip install --requirement requirements.txt --x');
  });
});
