import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createExec } from '../../src/adapters/exec.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { type Discovery, type DiscoveryInputs, discover } from '../../src/stages/planning/discovery.ts';
import { labEnv, requireLab } from '../support/lab.ts';

const lab = requireLab();

/** Looks at a throw-away repository with these files. */
async function look(paths: Readonly<Record<string, string>>, more: Partial<DiscoveryInputs> = {}): Promise<Discovery> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-discovery-')));
  try {
    for (const [name, text] of Object.entries(paths)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    }
    const ports = { files: createFiles(), exec: createExec({ cancelled: new AbortController().signal }) };
    const inputs = { folder, env: labEnv(lab), registry: undefined, repository: 'acme/shop', ...more };
    return await discover(ports, inputs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const bake = `
variable "TAG" { default = "dev" }
variable "SECRET" { default = "none" }
group "default" { targets = ["app", "tools"] }
group "tools" { targets = ["py"] }
target "_common" {
  platforms = ["linux/amd64", "linux/arm64"]
  args = { COMMON = "1", SEEN = SECRET }
}
target "base" {
  context = "base"
  tags = ["ghcr.io/acme/shop/base:\${TAG}"]
}
target "app" {
  inherits = ["_common"]
  context = "app"
  contexts = { base = "target:base" }
  tags = ["ghcr.io/acme/shop/app:\${TAG}"]
  ssh = ["default"]
}
target "py" {
  name = "py-\${replace(version, ".", "-")}"
  matrix = { version = ["3.10", "3.11"] }
  dockerfile-inline = "FROM scratch"
  args = { PYTHON = version }
}
target "orphan" { context = "orphan" }
`;

describe('bake files', () => {
  it('are read with their variables, matrices, groups and inheritance', async () => {
    const found = await look({ 'docker-bake.hcl': bake }, { env: { ...labEnv(lab), SECRET: 'leaked' } });
    expect(Object.keys(found.images).sort()).toEqual(['app', 'base', 'py-3-10', 'py-3-11']);
    expect(found.images.app).toMatchObject({
      context: 'app',
      contexts: { base: 'image:base' },
      platforms: ['linux/amd64', 'linux/arm64'],
      'build-args': { COMMON: '1', SEEN: 'none' },
      repository: 'app',
    });
    expect(found.extras['py-3-10']?.dockerfileInline).toBe('FROM scratch');
    expect(found.images.app?.tags).toEqual(['dev']);
    expect(found).toMatchObject({ how: 'bake', registry: 'ghcr.io/acme/shop' });
    expect(found.notTaken).toEqual([
      'docker-bake.hcl: its ssh was not taken: the agent or the keys that it names are not here',
      'docker-bake.hcl: orphan was not taken: the group default does not name it',
    ]);
  });

  it('have their ssh where there is an agent', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slipway-agent-'));
    const agent = createServer();
    const socket = path.join(folder, 'socket');
    await new Promise<void>((resolve) => agent.listen(socket, resolve));
    try {
      const found = await look({ 'docker-bake.hcl': bake }, { env: { ...labEnv(lab), SSH_AUTH_SOCK: socket } });
      expect(found.images.app?.ssh).toEqual(['default']);
      expect(found.notTaken.join()).not.toContain('ssh');
    } finally {
      agent.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('say all that matters of a build', async () => {
    const found = await look({
      'docker-bake.hcl': `target "default" {
        contexts = { alpine = "docker-image://alpine:3", more = "./more" }
        secret = ["id=tok,env=TOK"]
        network = "host"
        extra-hosts = { db = "10.0.0.1" }
        shm-size = "128m"
        ulimits = ["nofile=1024:2048"]
        labels = { a = "b" }
        annotations = ["index:a=b"]
        no-cache = true
        no-cache-filter = ["deps"]
        attest = ["type=provenance,mode=min", "type=sbom,generator=x/y"]
        cache-from = ["user/app:cache"]
        entitlements = ["network.host"]
        output = ["type=local,dest=out"]
      }`,
    });
    expect(found.images.default).toMatchObject({
      secrets: { tok: { env: 'TOK', optional: true } },
      network: 'host',
      'add-hosts': { db: '10.0.0.1' },
      'shm-size': '128m',
      ulimits: { nofile: '1024:2048' },
      labels: { a: 'b' },
      annotations: { 'index:a': 'b' },
      'no-cache': true,
      'no-cache-filters': ['deps'],
      provenance: 'min',
      sbom: true,
      'cache-from': ['type=registry,ref=user/app:cache'],
      allow: ['network.host'],
      contexts: { more: 'more' },
    });
    expect(found.extras.default).toMatchObject({
      namedContexts: { alpine: 'docker-image://alpine:3' },
      unheeded: [expect.stringContaining('output'), expect.stringContaining('generator')],
    });
  });

  it('get the variables that are given', async () => {
    const found = await look({ 'docker-bake.hcl': bake }, { variables: { TAG: '9' } });
    expect(found.images.app?.tags).toEqual(['9']);
  });

  it('may be JSON, with an override, and without a group default', async () => {
    const found = await look({
      'docker-bake.json': '{"target": {"a": {"context": "a"}, "b": {"context": "b"}}}',
      'docker-bake.override.hcl': 'target "b" { target = "prod" }',
      'compose.yml': 'services: {}',
    });
    expect(found.images).toMatchObject({ a: { context: 'a' }, b: { context: 'b', target: 'prod' } });
    expect(found.found[1]).toBe(
      'docker-bake.json with docker-bake.override.hcl: there is no group default, so every target was taken',
    );
    expect(found.notTaken).toEqual([
      'compose.yml was not taken: docker-bake.json with docker-bake.override.hcl comes first',
    ]);
  });

  it('may name files of secrets that are not here', async () => {
    const found = await look({ 'docker-bake.hcl': 'target "default" {\n  secret = ["id=x,src=./gone"]\n}\n' });
    expect(Object.keys(found.images)).toEqual(['default']);
    expect(found.notTaken[0]).toContain('its secrets were not taken');
  });

  it('are passed over when they have no target', async () => {
    const found = await look({ 'docker-bake.hcl': '', Dockerfile: 'FROM scratch' });
    expect(found).toMatchObject({ how: 'dockerfile', notTaken: ['docker-bake.hcl was not taken: it has no target'] });
  });

  it.each([
    ['docker-bake.hcl', 'target "a" {\n  context = \n}\n', { line: 2 }],
    ['docker-bake.hcl', 'target "default" {\n  args = { A = "${NOPE}" }\n}\n', { line: 2 }],
    ['docker-bake.hcl', 'target "a" {\n  inherits = ["gone"]\n}\n', {}],
    ['docker-bake.json', '{"target": {"a": {"context": 1,}}}', { line: 1 }],
  ])('are named when bake cannot read %s: %p', async (file, text, line) => {
    await expect(look({ [file]: text })).rejects.toMatchObject({
      code: 'definition-invalid',
      exitCode: 2,
      where: { file, ...line },
    });
  });
});

const compose = `
services:
  db: { image: postgres }
  api:
    extends: { file: parts/base.yml, service: common }
    image: ghcr.io/acme/shop/api:\${TAG:-dev}
    build: { target: prod, cache_from: ["ghcr.io/acme/shop/api:cache"], platforms: [linux/amd64, linux/arm64] }
  web:
    build:
      context: web
      args: { GREETING: hello, FROM_ENV: }
      additional_contexts: { api: "service:api", more: ./more, alpine: docker-image://alpine }
  debug:
    profiles: [debug]
    build: ./web
`;

describe('compose files', () => {
  it('are read with extends, profiles, named contexts, variables and an override', async () => {
    const found = await look(
      {
        'compose.yaml': compose,
        'compose.override.yaml': 'services: { web: { build: { args: { MORE: "1" } } } }',
        'parts/base.yml': 'services: { common: { build: { context: ../api, args: { COMMON: "1" } } } }',
        'docker-compose.yml': 'broken: [',
      },
      { env: { ...labEnv(lab), FROM_ENV: 'leaked', TAG: 'leaked' } },
    );
    expect(found).toMatchObject({
      how: 'compose',
      registry: 'ghcr.io/acme/shop',
      images: {
        api: { context: 'api', target: 'prod', repository: 'api', 'build-args': { COMMON: '1' } },
        web: {
          context: 'web',
          contexts: { api: 'image:api', more: 'more' },
          'build-args': { GREETING: 'hello', MORE: '1' },
        },
        debug: { context: 'web' },
      },
    });
    expect(found.images.api).toMatchObject({
      tags: ['dev'],
      'cache-from': ['type=registry,ref=ghcr.io/acme/shop/api:cache'],
    });
    expect(found.extras.web?.namedContexts).toEqual({ alpine: 'docker-image://alpine' });
    expect(JSON.stringify(found)).not.toContain('leaked');
    expect(found.notTaken).toEqual([
      'docker-compose.yml was not taken: docker compose prefers compose.yaml',
      'compose.yaml with compose.override.yaml: db was not taken: there is no build',
    ]);
  });

  it('are passed over when no service has a build', async () => {
    const found = await look({ 'compose.yml': 'services: { db: { image: x } }', 'a/Dockerfile': 'FROM scratch' });
    expect(found).toMatchObject({ how: 'folders', notTaken: ['compose.yml was not taken: no service has a build'] });
  });

  it.each([
    'services:\n  a: [\n',
    'services:\n  a:\n    bild: x\n',
    'services:\n  a:\n    build: { context: 5 }\n',
    'hello\n',
    'services:\n  a:\n    build: { context: ., additional_contexts: { b: "service:gone" } }\n',
    'services:\n  a:\n    build: .\n    image: ${NOPE:?must be set}\n',
  ])('are named when bake cannot read them: %p', async (text) => {
    await expect(look({ 'docker-compose.yml': text })).rejects.toMatchObject({
      code: 'definition-invalid',
      exitCode: 2,
      where: { file: 'docker-compose.yml' },
    });
  });
});

describe('the builds of compose files', () => {
  it('are heeded as those of bake files are, and what bake passes over is named', async () => {
    const found = await look({
      'compose.yml': `services:
  web:
    build:
      context: .
      secrets: [tok]
      network: host
      shm_size: 128m
      ulimits: { nofile: { soft: 10, hard: 20 } }
      extra_hosts: ["db:10.0.0.1"]
      labels: { a: b }
      no_cache: true
      privileged: true
      provenance: mode=min
      sbom: true
      entitlements: [network.host]
secrets:
  tok: { environment: TOK }
`,
    });
    expect(found.images.web).toMatchObject({
      secrets: { tok: { env: 'TOK' } },
      network: 'host',
      'add-hosts': { db: '10.0.0.1' },
      'shm-size': '128MiB',
      ulimits: { nofile: '10:20' },
      labels: { a: 'b' },
      'no-cache': true,
      provenance: 'min',
      sbom: true,
      allow: ['network.host'],
    });
    expect(found.notTaken).toEqual([
      'compose.yml: build.privileged of web was not taken: docker buildx bake knows no such thing',
    ]);
  });
});

describe('bake that is not there', () => {
  const files = { 'docker-bake.hcl': bake };

  it('is a missing tool where there is no docker', async () => {
    await expect(look(files, { env: { ...labEnv(lab), PATH: '/nowhere' } })).rejects.toMatchObject({
      code: 'docker-missing',
      exitCode: 4,
    });
  });

  it('is a missing tool where docker has no buildx', async () => {
    const env = { PATH: path.dirname(lab.tools.docker), HOME: '/nowhere', DOCKER_CONFIG: '/nowhere' };
    await expect(look(files, { env })).rejects.toMatchObject({ code: 'buildx-missing', exitCode: 4 });
  });
});
