import { describe, expect, it } from '@jest/globals';
import { composeOverride, composeProjectName } from '../../../src/domain/devcontainer/compose.ts';
import { readComposeProject } from '../../../src/formats/devcontainer-compose.ts';

const wish = { folder: '/r', configFile: '.devcontainer/devcontainer.json', files: ['c.yml'], service: 'app' };
const read = (app: object, more: object = {}) =>
  readComposeProject(JSON.stringify({ services: { app, ...more } }), wish);

describe('a compose project of a dev container', () => {
  it('has the build of its service with paths of the repository, and what the run makes', () => {
    const text = JSON.stringify({
      name: 'x',
      services: {
        app: {
          build: {
            context: '/r/app',
            dockerfile: '../D',
            target: 'dev',
            args: { A: '1', N: 2, NONE: null },
            labels: { l: 'x' },
            additional_contexts: { folder: '/r/tools', other: 'docker-image://busybox' },
            extra_hosts: ['a=1.2.3.4'],
            cache_from: ['x/y'],
          },
          env_file: [{ path: '/r/.env.app' }, { path: '/etc/environment' }],
        },
        db: { build: { context: '/r/db' } },
        named: { image: 'n', build: { context: '/r/db' } },
        idle: { image: 'i' },
      },
      networks: { default: null, theirs: { external: true } },
      volumes: { data: {} },
    });
    expect(readComposeProject(text, wish)).toMatchObject({
      files: ['c.yml'],
      envFiles: ['.env.app'],
      service: 'app',
      image: undefined,
      build: {
        context: 'app',
        dockerfile: 'D',
        target: 'dev',
        args: { A: '1', N: '2' },
        folders: { folder: 'tools' },
        options: ['--build-context', 'other=docker-image://busybox', '--label', 'l=x', '--add-host', 'a:1.2.3.4'],
        cacheFrom: ['x/y'],
      },
      services: ['app', 'db', 'named', 'idle'],
      networks: ['default'],
      volumes: ['data'],
      builtBeside: ['db'],
      hazards: [{ hazard: 'host-mount', what: expect.stringContaining('/etc/environment') }],
    });
  });

  it.each<[object, string]>([
    [{ privileged: true }, 'privileged'],
    [{ use_api_socket: true }, 'privileged'],
    [{ provider: { type: 'x' } }, 'privileged'],
    [{ cap_add: ['SYS_ADMIN'] }, 'privileged'],
    [{ devices: [{ source: '/dev/kvm' }] }, 'privileged'],
    [{ gpus: [{ count: -1 }] }, 'privileged'],
    [{ device_cgroup_rules: ['c 1:3 mr'] }, 'privileged'],
    [{ security_opt: ['seccomp:unconfined'] }, 'privileged'],
    [{ network_mode: 'host' }, 'privileged'],
    [{ network_mode: 'container:other' }, 'privileged'],
    [{ pid: 'host' }, 'privileged'],
    [{ ipc: 'host' }, 'privileged'],
    [{ userns_mode: 'host' }, 'privileged'],
    [{ cgroup: 'host' }, 'privileged'],
    [{ cgroup_parent: '/x' }, 'privileged'],
    [{ runtime: 'other' }, 'privileged'],
    [{ volumes_from: ['container:other'] }, 'privileged'],
    [{ post_start: [{ command: ['x'], privileged: true }] }, 'privileged'],
    [{ deploy: { resources: { reservations: { devices: [{ capabilities: ['gpu'] }] } } } }, 'privileged'],
    [{ build: { context: '/r', entitlements: ['security.insecure'] } }, 'privileged'],
    [{ build: { context: '/r', network: 'host' } }, 'privileged'],
    [{ build: { context: '/r', ssh: ['default'] } }, 'privileged'],
    [{ build: { context: '/' } }, 'host-mount'],
    [{ build: { context: '/r/../etc' } }, 'host-mount'],
    [{ build: { context: '/r', additional_contexts: { root: '/' } } }, 'host-mount'],
    [{ build: { context: '/r', cache_to: ['type=local,dest=/x'] } }, 'host-mount'],
    [{ build: { context: '/r', cache_from: ['type=local,src=/x'] } }, 'host-mount'],
    [{ build: { context: '/r', cache_from: ['a/b', 'type=local,src=../x'] } }, 'host-mount'],
    [{ volumes: [{ type: 'bind', source: '/var/run/docker.sock', target: '/s' }] }, 'host-mount'],
    [{ volumes: [{ type: 'bind', source: '/r/../x', target: '/x' }] }, 'host-mount'],
    [{ env_file: [{ path: '/root/.env' }] }, 'host-mount'],
    [{ build: { context: '/r', dockerfile: '../etc/x' } }, 'host-mount'],
    [{ build: { context: '/r', dockerfile: '/etc/x' } }, 'host-mount'],
    [{ volumes: [{ type: 'volume', source: '/etc', target: '/x' }] }, 'host-mount'],
    [{ build: { context: 'a://../../../etc' } }, 'host-mount'],
    [{ build: { context: '/r', additional_contexts: { x: 'oci-layout:///home' } } }, 'host-mount'],
    [{ label_file: ['/root/labels'] }, 'host-mount'],
    [{ volumes: 'nonsense' }, 'privileged'],
  ])('with %j is a hazard of a pull request: %s', (service, hazard) => {
    const { hazards } = read({ image: 'a' }, { beside: { image: 'b', ...service } });
    expect([...new Set(hazards.map((one) => one.hazard))]).toEqual([hazard]);
    expect(hazards[0]?.what).toContain('beside');
  });

  it.each<[object, string]>([
    [{ volumes: { v: { driver_opts: { type: 'none', o: 'bind', device: '/' } } } }, 'the volume v takes /'],
    [
      { volumes: { v: { driver_opts: { type: 'overlay', device: 'overlay', o: 'lowerdir=/,upperdir=/u' } } } },
      'volume v',
    ],
    [{ volumes: { v: { driver_opts: { type: 'nfs', device: ':/x', o: 'addr=1.2.3.4' } } } }, 'the volume v'],
    [{ volumes: { v: { driver_opts: { type: 'none', o: 'bind', device: '/r/data' } } } }, 'the volume v'],
    [{ volumes: { v: { driver_opts: { type: 'tmpfs', o: 'bind', device: 'x' } } } }, 'the volume v'],
    [{ volumes: { v: { driver_opts: { mountpoint: '/' } } } }, 'the volume v'],
    [{ volumes: { v: { name: '/' } } }, 'the volume v'],
    [{ volumes: { v: { driver_opts: 'nonsense' } } }, 'cannot be read'],
    [{ secrets: { s: { file: 7 } } }, 'cannot be read'],
    [{ secrets: { s: { file: '/root/.ssh/id' } } }, 's takes /root/.ssh/id'],
    [{ configs: { c: { file: '/etc/shadow' } } }, 'c takes /etc/shadow'],
  ])('with %j is a hazard of a pull request', (more, words) => {
    const text = JSON.stringify({ services: { app: { image: 'a' } }, ...more });
    expect(readComposeProject(text, wish).hazards).toEqual([
      { hazard: 'host-mount', what: expect.stringContaining(words) },
    ]);
  });

  it.each<[object, string]>([
    [{ networks: { x: { name: 'host', external: true } } }, 'the network x'],
    [{ networks: { host: { external: true } } }, 'the network host'],
    [{ networks: { x: { name: 'host' } } }, 'the network x'],
    [{ networks: { x: { driver: 'host' } } }, 'the network x'],
    [{ networks: { x: { driver: 'macvlan', driver_opts: { parent: 'eth0' } } } }, 'the network x'],
    [{ networks: { x: { driver: 7 } } }, 'cannot be read'],
  ])('with %j has the network of the machine', (more, words) => {
    const text = JSON.stringify({ services: { app: { image: 'a' } }, ...more });
    expect(readComposeProject(text, wish).hazards).toEqual([
      { hazard: 'privileged', what: expect.stringContaining(words) },
    ]);
  });

  it('may have volumes of memory, networks of its own, and those that others made', () => {
    const text = JSON.stringify({
      services: { app: { image: 'a' } },
      volumes: { a: null, b: { name: 'x_b', driver_opts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=7' } } },
      networks: { host: { name: 'x_host' }, c: { driver: 'bridge' }, theirs: { name: 'theirs', external: true } },
    });
    expect(readComposeProject(text, wish).hazards).toEqual([]);
  });

  it('names what of the repository is taken, so that links in it can be followed', () => {
    const text = JSON.stringify({
      services: {
        app: { image: 'a', volumes: [{ type: 'bind', source: '/r/data' }], env_file: [{ path: '/r/.env.app' }] },
        db: { build: { context: '/r/db', dockerfile: 'D', additional_contexts: { t: '/r/tools' } } },
      },
      secrets: { s: { file: '/r/word' } },
    });
    expect(readComposeProject(text, wish).paths.map(({ path }) => path)).toEqual([
      'data',
      '.env.app',
      'db',
      'tools',
      'db/D',
      'word',
    ]);
  });

  it.each<[object]>([
    [
      {
        volumes: [
          { type: 'bind', source: '/r', target: '/w' },
          { type: 'volume', source: 'd', target: '/d' },
        ],
      },
    ],
    [{ security_opt: ['no-new-privileges:true'], network_mode: 'service:app', cap_drop: ['ALL'] }],
    [{ build: { context: '/r/x', network: 'none' }, env_file: [{ path: '/r/.env' }] }],
    [{ privileged: false, devices: [], gpus: null }],
  ])('with %j may be started', (service) => {
    expect(read({ image: 'a' }, { beside: { image: 'b', ...service } }).hazards).toEqual([]);
  });

  it.each<[object, string]>([
    [{ build: { context: '/r', secrets: [{ source: 's' }] } }, 'devcontainer-compose-build'],
    [{ build: { context: 'https://example.com/x.git' } }, 'devcontainer-compose-build'],
    [{ build: { context: '/r', additional_contexts: { a: 'service:b' } } }, 'devcontainer-compose-build'],
    [{ build: { context: '/elsewhere' } }, 'path-outside'],
    [{ command: 'x' }, 'devcontainer-compose-invalid'],
    [{ image: 7 }, 'devcontainer-compose-invalid'],
  ])('whose service is %j is refused: %s', (app, code) => {
    expect(() => read(app)).toThrow(code);
  });

  it('is refused without its service, and where compose says no JSON', () => {
    expect(() => readComposeProject('{"services":{"b":{"image":"a"}}}', wish)).toThrow('called "app"');
    expect(() => readComposeProject('nonsense', wish)).toThrow('devcontainer-compose-invalid');
  });

  it('starts from an image as it is, and marks all that it makes', () => {
    const project = readComposeProject(
      '{"services":{"app":{"image":"a"},"db":{"image":"b"}},"networks":{"default":{}},"volumes":{"d":null}}',
      wish,
    );
    expect(composeOverride(project, { reference: 'r@sha256:1', label: 'l', owner: 'o' })).toBe(
      [
        'services:',
        '  "app": { image: "r@sha256:1", build: !reset null, pull_policy: missing, labels: { "l": "o" } }',
        '  "db": { labels: { "l": "o" } }',
        'networks:',
        '  "default": { labels: { "l": "o" } }',
        'volumes:',
        '  "d": { labels: { "l": "o" } }',
        '',
      ].join('\n'),
    );
    expect(composeProjectName('7001-AB_c')).toBe('slipway-7001-ab-c');
  });
});
