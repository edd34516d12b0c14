import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClock } from '../../src/adapters/clock.ts';
import { createExec } from '../../src/adapters/exec.ts';
import { Engine } from '../../src/clients/engine.ts';
import type { Exec } from '../../src/ports/exec.ts';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { docker, labEnv, requireLab } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();
const image = (desk: Desk) => `FROM busybox:1.36\nLABEL ${desk.label}\n`;

/** What a service of these tests has beside its command; a name and a port of the machine, which only one could have. */
function service(desk: Desk, more: object): object {
  const named = { container_name: `${desk.id}-fixed`, ports: ['127.0.0.1:49876:8080'] };
  return {
    image: 'busybox:1.36',
    ...named,
    labels: [desk.label],
    stop_grace_period: '1s',
    networks: ['back'],
    ...more,
  };
}

function composeFile(desk: Desk, services: Readonly<Record<string, object>>): string {
  const shared = { name: `${desk.id}-shared`, labels: [desk.label] };
  return JSON.stringify({ services, networks: { back: shared }, volumes: { data: shared } });
}

/** A web server that shows its environment, and is healthy once it answers. */
function web(desk: Desk): object {
  const page = 'mkdir -p /tmp/www; env > /tmp/www/env; ls -A /var/run /run /app /app/.git > /tmp/www/files 2>&1';
  return service(desk, {
    command: ['sh', '-c', `${page}; exec httpd -f -p 8080 -h /tmp/www`],
    // Variables that only a reader with our whole environment could fill in.
    environment: { TOKEN: '${GITHUB_TOKEN-nothing}', INPUT: '${INPUT_PASSWORD-nothing}', MARK: desk.id },
    healthcheck: { test: 'wget -qO /dev/null http://127.0.0.1:8080/env', interval: '200ms', retries: 500 },
    volumes: ['data:/data', '.:/app'],
  });
}

/** What services of a desk there are in the engine: containers, networks and volumes. */
async function servicesOf(desk: Desk): Promise<readonly string[]> {
  const filter = ['--filter', `label=${desk.label}`];
  const [containers, networks, volumes] = await Promise.all([
    docker(lab, 'ps', '--all', ...filter, '--format', 'container {{.Names}}'),
    docker(lab, 'network', 'ls', ...filter, '--format', 'network {{.Name}}'),
    docker(lab, 'volume', 'ls', ...filter, '--format', 'volume {{.Name}}'),
  ]);
  return [containers, networks, volumes].flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

const reached = [
  'wget -qO /tmp/env http://web:8080/env',
  'grep -q "^TOKEN=nothing$" /tmp/env',
  'grep -q "^INPUT=nothing$" /tmp/env',
  '! grep -i proxy /tmp/env',
  'wget -qO /tmp/files http://web:8080/files',
  '! grep -E "docker.sock|HEAD" /tmp/files',
  'grep -q slipway.yml /tmp/files',
].join(' && ');

describe('the services of a compose file', () => {
  let desk: Desk;
  let run: Finished;

  beforeAll(async () => {
    desk = await openDesk(lab);
    const own = `${desk.folder}/.git/docker`;
    await mkdir(own);
    for (const name of ['cli-plugins', 'buildx']) await symlink(`${lab.dockerConfig}/${name}`, `${own}/${name}`);
    await writeFile(`${own}/config.json`, '{"proxies":{"default":{"httpProxy":"http://ada:word@proxy.test"}}}');
    const sick = service(desk, {
      command: ['sh', '-c', 'echo no space left; exec sleep 100'],
      healthcheck: { test: 'false', interval: '200ms', retries: 2 },
    });
    const wild = service(desk, { volumes: ['/var/run/docker.sock:/var/run/docker.sock'] });
    const tests = {
      one: { run: reached, services: 'compose.yml' },
      two: { run: `${reached} && sleep 1`, services: 'compose.yml' },
      red: { run: 'wget -qO- http://web:8080/env && exit 3', services: 'compose.yml' },
      sick: { run: 'true', services: 'sick.yml' },
      wild: { run: 'true', services: 'wild.yml' },
    };
    const images = Object.fromEntries(
      Object.entries(tests).map(([key, test]) => [key, { context: 'probe', tests: [test] }]),
    );
    await desk.commit({
      'probe/Dockerfile': image(desk),
      'slipway.yml': JSON.stringify({ registry: 'ghcr.io/acme', images }),
      'compose.yml': composeFile(desk, { web: web(desk) }),
      'sick.yml': composeFile(desk, { db: sick }),
      'wild.yml': composeFile(desk, { db: wild }),
    });
    const secrets = { GITHUB_TOKEN: 'ghs_secret', INPUT_PASSWORD: 'hunter2', DOCKER_CONFIG: own };
    run = await desk.start(['run'], secrets).ended;
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it('are reached by their names, by two tests at once, and see no token, no proxy and no socket', () => {
    expect(run.stderr).toMatch(/one: passed sha256:/);
    expect(run.stderr).toMatch(/two: passed sha256:/);
  });

  it('are no excuse for a test that fails', () => {
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/error test-failed: .*exit code 3/);
  });

  it('that never become healthy are an error that names them, with what they said', () => {
    expect(run.stdout).toMatch(/error services-failed: .*-db-1 is unhealthy/);
    expect(run.stderr).toContain('no space left');
  });

  it('that want the socket of the engine are refused', () => {
    expect(run.stdout).toContain('db has a mount of /var/run/docker.sock');
  });

  it('are gone after success and failure', async () => {
    expect(await servicesOf(desk)).toEqual([]);
  });
});

describe('services of a run that ends early', () => {
  async function started(desk: Desk) {
    await desk.commit({
      'probe/Dockerfile': image(desk),
      'slipway.yml': JSON.stringify({
        registry: 'ghcr.io/acme',
        images: { probe: { tests: [{ run: 'echo now it waits; exec sleep 300', services: 'compose.yml' }] } },
      }),
      'compose.yml': composeFile(desk, { web: web(desk) }),
    });
    const running = desk.start(['run', '--image', 'probe']);
    await running.said(/│ now it waits/);
    expect(await servicesOf(desk)).toHaveLength(4);
    return running;
  }

  it(
    'are gone when it was asked to stop',
    async () => {
      await using desk = await openDesk(lab);
      const running = await started(desk);
      running.signal('SIGTERM');
      expect((await running.ended).exitCode).toBe(130);
      expect(await servicesOf(desk)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'are found by their owner when it was killed',
    async () => {
      await using desk = await openDesk(lab);
      const running = await started(desk);
      running.signal('SIGKILL');
      await running.ended.catch(() => undefined);
      const filter = ['--filter', `label=${desk.label}`];
      const [owner = ''] = (await docker(lab, 'ps', ...filter, '--format', '{{.Label "slipway.owner"}}')).split('\n');
      const real = createExec({ cancelled: new AbortController().signal });
      const exec: Exec = { run: (program, args, options) => real.run(program, args, { env: labEnv(lab), ...options }) };
      expect(await new Engine({ exec, clock: createClock() }).removeOwned(owner)).toBe(2);
      expect(await servicesOf(desk)).toEqual([]);
    },
    LIMIT_MS,
  );
});
