import { describe, expect, it } from '@jest/globals';
import { Redactor } from '../../../src/domain/redactor.ts';
import type { PrebuildChoices } from '../../../src/pipelines/devcontainer/choices.ts';
import { prebuild } from '../../../src/pipelines/devcontainer.ts';
import type { Cache } from '../../../src/ports/cache.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const config = { dockerComposeFile: '../c.yml', service: 'app' };

/** A prebuild that comes as far as compose, which says this. */
async function said(name: string, compose: { readonly stdout?: string; readonly stderr?: string }): Promise<string> {
  const files = createMemoryFiles({
    '/r/.devcontainer/devcontainer.json': JSON.stringify(config),
    '/r/c.yml': '',
    '/r/.env': 'API_TOKEN=very-secret-word\n',
  });
  await files.makeLink('/r/out', '/');
  const secrets = new Redactor();
  const exec = scriptedExec([
    { program: 'docker', args: ([first]) => first === 'version', result: { stdout: 'linux/amd64' } },
    {
      program: 'docker',
      args: (args) => args.includes('config'),
      result: { exitCode: compose.stderr ? 1 : 0, ...compose },
    },
    { program: 'docker', args: ['compose', 'version'], result: {} },
  ]);
  const clock = { now: () => new Date('2026-01-02T03:04:05Z') };
  const ports = { files, exec, secrets, clock, env: {}, log: recordingLog() } as unknown as Ports & { cache: Cache };
  const choices = { folder: '/r', event: { name, untrusted: false }, allow: [] } as unknown as PrebuildChoices;
  const place = { owner: 'o', folder: '/place', onBuilder: async () => {} };
  const error: unknown = await prebuild(ports, choices, { place, onProgress: async () => {} }).catch((one) => one);
  return secrets.clean(String(error));
}

describe('a dev container of compose', () => {
  it('shows no secret that an error of compose quotes', async () => {
    const text = await said('push', { stderr: 'invalid port "very-secret-word"' });
    expect(text).toContain('compose cannot read c.yml: invalid port "***"');
  });

  it('takes nothing through links on a pull request', async () => {
    const app = { image: 'a', volumes: [{ type: 'bind', source: '/r/out', target: '/h' }] };
    const compose = { stdout: JSON.stringify({ services: { app } }) };
    expect(await said('pull_request', compose)).toContain(
      'a volume of the service app takes out, and a link leads out',
    );
    expect(await said('push', compose)).not.toContain('devcontainer-hazard');
  });
});
