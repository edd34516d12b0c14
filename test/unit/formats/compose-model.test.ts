import { describe, expect, it } from '@jest/globals';
import { servicesModel } from '../../../src/formats/compose-model.ts';

const project = { name: 'slipway-1', folder: '/repo', labels: { 'slipway.owner': 'run-1' } };
const modelOf = (config: object) => servicesModel(JSON.stringify(config), project);
const written = (config: object) => JSON.parse(modelOf(config)?.text ?? '');
const db = { image: 'db', networks: { default: null } };

describe('the services of a test', () => {
  it('have no name and no port of the machine, so that two projects do not fight for them', () => {
    const service = { ...db, container_name: 'db', ports: [{ target: 80, published: '80' }], command: ['serve'] };
    expect(written({ name: 'mine', services: { db: service } })).toEqual({
      services: { db: { ...db, command: ['serve'], volumes: [], labels: project.labels } },
      networks: { default: { labels: project.labels } },
      volumes: {},
    });
  });

  it('share no network and no volume with another project, but for those that others made', () => {
    const shared = {
      made: { name: 'fixed', driver: 'x', labels: { a: 'b' } },
      external: { name: 'theirs', external: true },
    };
    const expected = { made: { driver: 'x', labels: { a: 'b', ...project.labels } }, external: shared.external };
    const { networks, volumes } = written({ services: { db }, networks: shared, volumes: shared });
    expect(volumes).toEqual(expected);
    expect(networks).toEqual({ ...expected, default: { labels: project.labels } });
  });

  it('are all in the network that the test joins, beside their own', () => {
    const config = { services: { db: { ...db, networks: { back: { aliases: ['base'] } } }, web: db } };
    expect(modelOf(config)?.network).toBe('slipway-1_default');
    expect(written(config).services.db.networks).toEqual({ back: { aliases: ['base'] }, default: null });
  });

  it('are reached by a default network that others made under its own name', () => {
    const config = { services: { db }, networks: { default: { name: 'theirs', external: true } } };
    expect(modelOf(config)?.network).toBe('theirs');
  });

  it('that are in no network are reached by none', () => {
    expect(modelOf({ services: { db: { image: 'db', network_mode: 'none' } } })?.network).toBeUndefined();
    expect(modelOf({ services: {} })?.network).toBeUndefined();
  });

  it('see the repository without what git and we keep there', () => {
    const mount = { type: 'bind', source: '/repo', target: '/app' };
    expect(written({ services: { db: { ...db, volumes: [mount] } } }).services.db.volumes).toEqual([
      mount,
      { type: 'tmpfs', target: '/app/.git' },
      { type: 'tmpfs', target: '/app/.slipway' },
    ]);
  });

  it.each([
    [{ privileged: true }, 'privileged'],
    [{ use_api_socket: true }, 'the socket of the engine'],
    [{ provider: { type: 'x' } }, 'a provider'],
    [{ devices: [{ source: '/dev/kvm' }] }, 'devices'],
    [{ network_mode: 'host' }, 'network_mode: host'],
    [{ pid: 'host' }, 'pid: host'],
    [{ volumes: [{ type: 'bind', source: '/var/run/docker.sock', target: '/s' }] }, 'a mount of /var/run/docker.sock'],
    [{ volumes: [{ type: 'bind', source: '/repository', target: '/s' }] }, 'a mount of /repository'],
    [{ volumes: [{ type: 'bind', source: '/repo/../etc', target: '/s' }] }, 'a mount of /repo/../etc'],
    [{ volumes: [{ type: 'bind', source: '/repo/.git', target: '/s' }] }, 'a mount of /repo/.git'],
  ])('may not have %j', (more, what) => {
    expect(modelOf({ services: { db: { ...db, ...more } } })?.refused).toEqual([
      expect.stringMatching(new RegExp(`^db has ${what.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)),
    ]);
  });

  it('may have folders, secrets and devices of memory of the repository', () => {
    const volumes = [
      { type: 'bind', source: '/repo/data', target: '/d' },
      { type: 'bind', source: '/repo/.github', target: '/g' },
      { type: 'volume', source: 'data', target: '/v' },
      { type: 'tmpfs', target: '/t' },
    ];
    const secrets = { word: { file: '/repo/word' }, other: { environment: 'OTHER' } };
    expect(modelOf({ services: { db: { ...db, volumes, devices: null } }, secrets })?.refused).toEqual([]);
  });

  it('may not read files outside of the repository as secrets', () => {
    const refused = modelOf({ services: { db }, secrets: { word: { file: '/home/.docker/config.json' } } })?.refused;
    expect(refused).toEqual(['word is a file outside of the repository']);
  });

  it.each(['', 'x', '[]', '{}', '{"services": 3}', '{"services": {"db": 1}}'])('are none in %j', (config) => {
    expect(servicesModel(config, project)).toBeUndefined();
  });
});
