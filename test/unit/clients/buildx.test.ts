import { describe, expect, it } from '@jest/globals';
import { type BuildRequest, buildArgs } from '../../../src/clients/build-args.ts';
import { build, inspectBuilder, isRunning } from '../../../src/clients/buildx.ts';
import { plainBuild } from '../../../src/domain/build-options.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { ExecResult } from '../../../src/ports/exec.ts';
import { scriptedExec } from '../../support/fake-exec.ts';

const request: BuildRequest = {
  builder: 'b1',
  folder: '/repo',
  context: '/repo/app',
  dockerfile: '/repo/app/Dockerfile',
  target: null,
  platforms: [parsePlatform('linux/amd64')],
  buildArgs: {},
  namedContexts: {},
  store: '/made/store',
  cache: { from: [], to: [], fresh: false },
  options: plainBuild,
  epoch: null,
};

describe('the arguments of a build', () => {
  it('are few where little is asked', () => {
    expect(buildArgs(request)).toEqual([
      ...['buildx', 'build', '--builder', 'b1', '--progress', 'rawjson', '--platform', 'linux/amd64'],
      ...['--file', '/repo/app/Dockerfile', '--provenance', 'mode=max'],
      ...['--output', 'type=oci,tar=false,dest=/made/store', '/repo/app'],
    ]);
  });

  it('hold everything that is asked, each as an argument of its own', () => {
    const full: BuildRequest = {
      ...request,
      target: 'app',
      platforms: ['linux/amd64', 'linux/arm64'].map(parsePlatform),
      buildArgs: { A: 'x y', B: '$(rm -rf /)' },
      namedContexts: { 'ghcr.io/a/b:1': 'oci-layout:///s@sha256:1' },
      cache: { from: ['type=registry,ref=r/c:a', 'type=gha'], to: ['type=registry,ref=r/c:a,mode=max'], fresh: true },
      options: {
        secrets: [
          { id: 'pip', from: 'env', name: 'PIP_TOKEN' },
          { id: 'rc', from: 'file', name: '/x/a,b"c' },
        ],
        ssh: ['default'],
        network: 'none',
        addHosts: { db: '10.0.0.2' },
        ulimits: { nofile: '1024:2048' },
        shmSize: '128m',
        allow: ['network.host'],
        labels: { 'a.b': 'x y' },
        annotations: { 'index:a': 'b' },
        provenance: 'none',
        sbom: true,
        noCacheFilters: ['deps'],
      },
      epoch: 0,
    };
    expect(buildArgs(full)).toEqual([
      ...['buildx', 'build', '--builder', 'b1', '--progress', 'rawjson', '--platform', 'linux/amd64,linux/arm64'],
      ...['--file', '/repo/app/Dockerfile', '--target', 'app'],
      ...['--build-arg', 'A=x y', '--build-arg', 'B=$(rm -rf /)', '--build-arg', 'SOURCE_DATE_EPOCH=0'],
      ...['--build-context', 'ghcr.io/a/b:1=oci-layout:///s@sha256:1'],
      ...['--secret', 'id=pip,type=env,env=PIP_TOKEN', '--secret', 'id=rc,type=file,"src=/x/a,b""c"'],
      ...['--ssh', 'default', '--network', 'none', '--add-host', 'db:10.0.0.2', '--ulimit', 'nofile=1024:2048'],
      ...['--shm-size', '128m', '--allow', 'network.host', '--label', 'a.b=x y', '--annotation', 'index:a=b'],
      ...['--no-cache-filter', 'deps', '--provenance', 'false', '--sbom', 'true'],
      ...['--cache-from', 'type=registry,ref=r/c:a', '--cache-from', 'type=gha'],
      ...[
        '--cache-to',
        'type=registry,ref=r/c:a,mode=max',
        '--no-cache',
        '--pull',
        '--output',
        'type=oci,tar=false,dest=/made/store',
        '/repo/app',
      ],
    ]);
  });
});

describe('a build', () => {
  const run = (result: Partial<ExecResult>) => {
    const told: string[] = [];
    const exec = scriptedExec([{ program: 'docker', args: buildArgs(request), result }]);
    return { told, ended: build(exec, request, (step) => told.push(`${step.state} ${step.name}`)) };
  };
  const step = (more: object) =>
    JSON.stringify({ vertexes: [{ digest: 'sha256:1', name: '[1/1] RUN x', started: 'now', ...more }] });

  it('that ends well tells its steps and counts them', async () => {
    const { told, ended } = run({ stderr: `${step({})}\n${step({ completed: 'now' })}\n` });
    expect(await ended).toEqual({ kind: 'built', cached: 0, executed: 1, warnings: [], caches: [] });
    expect(told).toEqual(['started [1/1] RUN x', 'done [1/1] RUN x']);
  });

  const registry = 'type=registry,ref=r.test/c:app,mode=max,ignore-error=true';
  const s3 = 'type=s3,bucket=b,secret_access_key=hidden';
  const exported = { digest: 'sha256:2', name: 'exporting cache to registry', started: 'now' };
  const unsaid = 'the builder did not say that it was';
  const missing = { kind: 'write', place: 'r.test/c:app', problem: unsaid };
  it.each([
    ['was begun and never ended', [registry], [exported], [missing]],
    ['was never begun', [registry], [], [missing]],
    ['is of a kind with secrets in it', [s3], [], [{ ...missing, place: 's3' }]],
    [
      'is one of two',
      [registry, s3],
      [{ ...exported, completed: 'now' }],
      [
        { kind: 'write', place: 'registry', problem: null },
        { kind: 'write', place: 'at one of r.test/c:app, s3', problem: unsaid },
      ],
    ],
    [
      'was written',
      [registry],
      [{ ...exported, completed: 'now' }],
      [{ kind: 'write', place: 'registry', problem: null }],
    ],
    ['is in the image itself', ['type=inline'], [], []],
  ])('that ends well tells of a cache that %s', async (_, to, vertexes, caches) => {
    const wish = { ...request, cache: { ...request.cache, to } };
    const result = { stderr: JSON.stringify({ vertexes }) };
    const exec = scriptedExec([{ program: 'docker', args: buildArgs(wish), result }]);
    expect((await build(exec, wish, () => {})).caches).toEqual(caches);
  });

  it('that fails says at which step', async () => {
    const { ended } = run({ exitCode: 1, stderr: step({ error: 'exit code: 7' }) });
    expect(await ended).toMatchObject({ kind: 'failed', step: '[1/1] RUN x', lines: ['exit code: 7'] });
  });

  it('does not read what is printed to stdout as progress', async () => {
    const { told, ended } = run({ stdout: step({}) });
    await ended;
    expect(told).toEqual([]);
  });

  it('without docker is an error of its own', async () => {
    await expect(run({ exitCode: 127 }).ended).rejects.toMatchObject({ code: 'docker-missing', exitCode: 4 });
  });
});

const docker = `Name:          default
Driver:        docker
Last Activity: 2026-01-02 03:04:05 +0000 UTC

Nodes:
Name:             default
Endpoint:         default
Status:           running
BuildKit version: v0.26.2
Platforms:        linux/amd64, linux/amd64/v2, linux/386
Labels:
 org.mobyproject.buildkit.worker.moby.host-gateway-ip: 172.17.0.1
GC Policy rule#0:
 All:            false
`;
const remote = `Name:          far
Driver:        remote
Last Activity: 2026-01-02 03:04:05 +0000 UTC

Nodes:
Name:             far0
Endpoint:         tcp://buildkit:1234
Driver Options:   cacert="/ca.pem"
Status:           running
BuildKit version: v0.32.0
Platforms:        linux/arm64*, linux/amd64*
`;

describe('a builder', () => {
  const inspect = (stdout: string, info: Partial<ExecResult> = {}, name?: string) => {
    const args = ['buildx', 'inspect', '--bootstrap', ...(name === undefined ? [] : [name])];
    const exec = scriptedExec([
      { program: 'docker', args, result: { stdout } },
      { program: 'docker', args: ['info', '--format', '{{json .DriverStatus}}'], result: info },
    ]);
    return inspectBuilder(exec, name);
  };

  it.each([
    ['runs', { stdout: docker }, true],
    ['has stopped', { stdout: docker.replace('running', 'stopped') }, false],
    ['is gone', { exitCode: 1 }, false],
  ])('that %s is told without starting it', async (_, result, expected) => {
    const exec = scriptedExec([{ program: 'docker', args: ['buildx', 'inspect', 'default'], result }]);
    expect(await isRunning(exec, 'default')).toBe(expected);
  });

  it('of the engine with the classic store cannot export', async () => {
    expect(await inspect(docker, { stdout: '[["Backing Filesystem","extfs"]]' })).toEqual({
      name: 'default',
      driver: 'docker',
      version: 'v0.26.2',
      platforms: ['linux/amd64', 'linux/amd64/v2', 'linux/386'],
      canExport: false,
    });
  });

  it('of the engine with the containerd store can', async () => {
    const info = { stdout: '[["driver-type","io.containerd.snapshotter.v1"]]' };
    expect((await inspect(docker, info))?.canExport).toBe(true);
  });

  it('of an engine that does not answer cannot', async () => {
    expect((await inspect(docker, { exitCode: 1 }))?.canExport).toBe(false);
  });

  it('elsewhere is asked by its name and can export', async () => {
    expect(await inspect(remote, {}, 'far')).toEqual({
      name: 'far',
      driver: 'remote',
      version: 'v0.32.0',
      platforms: ['linux/arm64', 'linux/amd64'],
      canExport: true,
    });
  });

  it('of an old buildx says its version under another name', async () => {
    const old = remote.replace('BuildKit version: v0.32.0', 'Buildkit:  v0.10.6');
    expect((await inspect(old, {}))?.version).toBe('v0.10.6');
  });

  it('that nobody knows is none', async () => {
    const exec = scriptedExec([{ program: 'docker', result: { exitCode: 1, stderr: 'ERROR: no builder "x" found' } }]);
    expect(await inspectBuilder(exec, 'x')).toBeUndefined();
  });
});
