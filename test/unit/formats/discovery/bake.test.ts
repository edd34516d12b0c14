import { describe, expect, it } from '@jest/globals';
import { parseBakeDefinition, parseBakeList } from '../../../../src/formats/discovery/bake-definition.ts';
import { brokenDefinition } from '../../../../src/formats/discovery/bake-error.ts';
import { findBakeImages } from '../../../../src/formats/discovery/bake-images.ts';
import {
  composeServices,
  servicesWithoutTarget,
  unheededBuildKeys,
} from '../../../../src/formats/discovery/compose-services.ts';
import type { Finding } from '../../../../src/formats/discovery/finding.ts';

const files = ['docker-bake.hcl'];

const find = (target: unknown, group: unknown = {}): Finding =>
  findBakeImages(parseBakeDefinition(JSON.stringify({ group, target }), files), {
    how: 'bake',
    files,
    folder: '/repo',
  });

const imageOf = (target: unknown) => find({ app: target }).images.app;

describe('a target of bake', () => {
  it('becomes an image with its context, Dockerfile, stage, arguments and platforms', () => {
    expect(
      imageOf({
        context: './app/',
        dockerfile: 'docker/Dockerfile.x',
        target: 'prod',
        args: { A: '1', NULL: null },
        platforms: ['linux/amd64', 'linux/arm64', 'local'],
        'of-a-later-version': { x: 1 },
      }),
    ).toMatchObject({
      context: 'app',
      dockerfile: 'docker/Dockerfile.x',
      target: 'prod',
      'build-args': { A: '1' },
      platforms: ['linux/amd64', 'linux/arm64'],
      contexts: {},
      paths: [],
      tests: [],
    });
  });

  it('has what buildx assumes where it says nothing', () => {
    expect(imageOf({ args: null, tags: null, platforms: null })).toMatchObject({
      context: '.',
      platforms: ['linux/amd64'],
    });
  });

  it('is built on another one, in a folder or on what a builder fetches', () => {
    const contexts = { base: 'target:Base', more: './more', alpine: 'docker-image://alpine:3' };
    const finding = find({ app: { contexts }, Base: {} }, { default: { targets: ['app'] } });
    expect(finding.images.app?.contexts).toEqual({ base: 'image:base', more: 'more' });
    expect(finding.extras.app?.namedContexts).toEqual({ alpine: 'docker-image://alpine:3' });
    expect(finding.found).toEqual([
      'docker-bake.hcl: 2 targets (base, app)',
      'docker-bake.hcl: base is there because others are built on it',
    ]);
  });

  it('keeps what the configuration has no place for', () => {
    const finding = find({
      app: {
        'dockerfile-inline': 'FROM scratch\n',
        'cache-to': [{ type: 'local', dest: 'x,y' }],
        'no-cache': true,
        pull: true,
      },
    });
    expect(finding.extras.app).toEqual({
      cacheTo: ['type=local,"dest=x,y"'],
      pull: true,
      namedContexts: {},
      dockerfileInline: 'FROM scratch\n',
      unheeded: [],
    });
    expect(finding.images.app?.['no-cache']).toBe(true);
  });

  it.each([
    [[{ type: 'provenance', mode: 'min' }, { type: 'sbom' }], { provenance: 'min', sbom: true }],
    [[{ type: 'provenance', mode: 'max' }], { provenance: 'max', sbom: false }],
    [['type=provenance,disabled=true', 'type=sbom,disabled=true'], { provenance: false, sbom: false }],
    [[{ type: 'provenance', disabled: true }, { type: 'provenance' }], { provenance: 'max' }],
    [[], { provenance: 'max', sbom: false }],
  ])('has the attestations that it asks for: %j', (attest, expected) => {
    expect(imageOf({ attest })).toMatchObject(expected);
  });

  it('names what nobody heeds, and nothing else', () => {
    const target = {
      network: 'mine',
      call: 'check',
      output: [{ type: 'local', dest: 'out' }, { type: 'cacheonly' }],
      attest: [{ type: 'sbom', generator: 'x/y' }],
    };
    expect(find({ app: target }).extras.app?.unheeded).toEqual([
      expect.stringMatching(/^network "?mine/),
      expect.stringMatching(/^output /),
      expect.stringMatching(/^call "?check/),
      expect.stringMatching(/generator.* of the attestation/),
    ]);
    const usual = { network: 'host', call: 'build', output: ['type=image'], attest: [{ type: 'sbom' }] };
    expect(find({ app: usual }).extras.app?.unheeded).toEqual([]);
  });

  it('has the secrets, tags, caches and settings that buildx printed', () => {
    const finding = find({
      app: {
        secret: [{ id: 'tok', env: 'TOK' }, { id: 'rc', src: '.netrc' }, { id: 'SAME' }, 'type=env'],
        tags: ['ghcr.io/acme/app:dev', 'app:1.2', 'app', 'A:b c'],
        'cache-from': [{ type: 'registry', ref: 'a/b:c' }, 'type=gha'],
        labels: { a: 'b', none: null },
        annotations: ['index:a=b=c'],
        'extra-hosts': { db: '10.0.0.1' },
        ulimits: ['nofile=10:20'],
        'shm-size': '128MiB',
        network: 'host',
        entitlements: ['network.host'],
        'no-cache-filter': ['deps'],
        ssh: ['default', { id: 'agent' }, { id: 'key', paths: ['./id', './other'] }],
      },
    });
    expect(finding.prefix).toBe('ghcr.io/acme');
    expect(finding.images.app).toMatchObject({
      secrets: { tok: { env: 'TOK' }, rc: { file: '.netrc' }, SAME: { env: 'SAME' } },
      tags: ['dev', '1.2', 'latest'],
      'cache-from': ['type=registry,ref=a/b:c', 'type=gha'],
      labels: { a: 'b', none: '' },
      annotations: { 'index:a': 'b=c' },
      'add-hosts': { db: '10.0.0.1' },
      ulimits: { nofile: '10:20' },
      'shm-size': '128MiB',
      network: 'host',
      allow: ['network.host'],
      'no-cache-filters': ['deps'],
      ssh: ['default', 'agent', 'key=./id,./other'],
    });
  });

  it('may have absolute paths that lie in the repository', () => {
    expect(imageOf({ context: '/repo/a/b', dockerfile: '/repo/docker/Dockerfile' })).toMatchObject({
      context: 'a/b',
      dockerfile: '../../docker/Dockerfile',
    });
    expect(imageOf({ context: '/repo' })).toMatchObject({ context: '.' });
  });

  it.each([
    ['a context above the repository', { context: '../x' }, 'path-outside'],
    ['a context anywhere else', { context: '/etc' }, 'path-outside'],
    ['a context beside a repository whose name begins the same', { context: '/repository' }, 'path-outside'],
    ['a Dockerfile above the repository', { context: 'a', dockerfile: '../../Dockerfile' }, 'path-outside'],
    ['a Dockerfile anywhere else', { dockerfile: '/etc/Dockerfile' }, 'path-outside'],
    ['a named context above the repository', { contexts: { x: '../y' } }, 'path-outside'],
    ['a context that git fetches', { context: 'https://github.com/a/b.git' }, 'context-remote'],
    ['a context that git fetches over ssh', { context: 'git@github.com:a/b.git' }, 'context-remote'],
    ['a context from standard input', { context: '-' }, 'context-remote'],
    ['a Dockerfile that is fetched', { dockerfile: 'https://example.com/Dockerfile' }, 'context-remote'],
  ])('must not have %s', (_, target, code) => {
    expect(() => imageOf(target)).toThrow(expect.objectContaining({ code, where: 'app in docker-bake.hcl' }));
  });

  it('must have a key of its own', () => {
    expect(() => find({ App: {}, app: {} })).toThrow(expect.objectContaining({ code: 'key-twice' }));
  });
});

describe('what bake prints', () => {
  it.each(['', 'WARNING: no', '[]', '{"target":{"a":{"tags":"x"}}}', '{"target":{"a":{"args":{"A":1}}}}'])(
    'is refused when it is %p',
    (text) => {
      expect(() => parseBakeDefinition(text, files)).toThrow(
        expect.objectContaining({ code: 'bake-unreadable', exitCode: 4, where: 'docker-bake.hcl' }),
      );
    },
  );

  it('may be a list with groups in it, or none', () => {
    expect(parseBakeList('[{"name":"a"},{"name":"g","group":true}]', files)).toEqual(['a']);
    expect(parseBakeList('null', files)).toEqual([]);
  });
});

describe('a file that bake cannot read', () => {
  it.each([
    ['ERROR: docker-bake.hcl:2,12-3,1: Invalid expression; …', { file: 'docker-bake.hcl', line: 2, column: 12 }],
    ['ERROR: failed to parse : yaml: while parsing at line 7: no', { file: 'docker-bake.hcl', line: 7 }],
    ['ERROR: failed to find target zz', { file: 'docker-bake.hcl' }],
    ['', { file: 'docker-bake.hcl' }],
  ])('is named, with its line if bake says it: %p', (stderr, where) => {
    expect(brokenDefinition(stderr, files)).toMatchObject({ code: 'definition-invalid', exitCode: 2, where });
  });

  it('is the one of several that bake means', () => {
    const stderr = 'docker-bake.hcl:1\n---\nERROR: docker-bake.hcl:1,4-5: Unclosed block';
    expect(brokenDefinition(stderr, ['docker-bake.json', 'docker-bake.hcl']).where).toMatchObject({
      file: 'docker-bake.hcl',
      line: 1,
    });
    expect(brokenDefinition('ERROR: yaml: line 3: no', ['compose.yml', 'compose.override.yml']).where).toEqual({
      file: 'compose.yml with compose.override.yml',
    });
  });

  it('is said in a line, also where bake falls over', () => {
    const stderr = 'WARNING: x\npanic: interface conversion\n\ngoroutine 1 [running]:\nmain.main()';
    expect(brokenDefinition(stderr, files).what).toBe('docker buildx bake cannot read it: panic: interface conversion');
  });

  it('may want a variable', () => {
    const { next } = brokenDefinition('ERROR: required variable TAG is missing a value', files);
    expect(next).toContain('give the variable a default');
  });
});

describe('the builds of a compose file', () => {
  it('are read for what bake passes over without a word', () => {
    const text = 'services: {a: {build: {context: ., privileged: true, isolation: x}}, b: {build: ./b}, c: {image: x}}';
    expect(unheededBuildKeys([text, '{{'])).toEqual(['build.isolation of a', 'build.privileged of a']);
  });
});

describe('the services of a compose file', () => {
  const services = composeServices([
    'services:\n  web.a: {build: .}\n  db: {image: x}\n',
    'services:\n  db: {ports: []}\n  x: {extends: web}\n',
    '{{',
    'text',
  ]);

  it('are known by name, in whatever file they are', () => {
    expect(services).toEqual([
      { name: 'web.a', mayBuild: true },
      { name: 'db', mayBuild: false },
      { name: 'x', mayBuild: true },
    ]);
  });

  it('are compared with the targets that bake made of them', () => {
    expect(servicesWithoutTarget(services, ['web_a'], 'compose.yml')).toEqual(['db', 'x']);
  });

  it('must not become one target', () => {
    const two = composeServices(['services: {a.b: {build: .}, a_b: {build: .}}']);
    expect(() => servicesWithoutTarget(two, ['a_b'], 'compose.yml')).toThrow(
      expect.objectContaining({ code: 'key-twice', where: 'a_b in compose.yml' }),
    );
  });
});
