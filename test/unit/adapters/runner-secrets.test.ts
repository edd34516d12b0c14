import { describe, expect, it } from '@jest/globals';
import { addProxySecrets } from '../../../src/adapters/proxy-secrets.ts';
import { guardedArtifacts } from '../../../src/adapters/redacted.ts';
import { createRunnerLog } from '../../../src/adapters/runner/runner-log.ts';
import { addSecretInputs, createRunnerSecrets } from '../../../src/adapters/runner/runner-secrets.ts';
import { Redactor } from '../../../src/domain/redactor.ts';
import type { Secrets } from '../../../src/ports/secrets.ts';
import { outputsAfterMasking, runnerReads } from '../../support/runner-model.ts';

/** What is written while something is done with the secrets of a runner. */
function written(use: (secrets: Secrets) => void): string {
  const pieces: string[] = [];
  use(createRunnerSecrets(new Redactor(), (piece) => pieces.push(piece)));
  return pieces.join('');
}

/** What the runner would cover from then on. */
function masked(text: string): readonly string[] {
  return runnerReads(text).commands.map(({ name, data }) => `${name} ${data}`);
}

describe('a secret on a runner', () => {
  it.each(['plain', 'with 100% and %0A', '::error::x', '##[error]x', '  with blanks ', 'a,b:c=d', 'ü ☃'])(
    'T19 is told to the runner whole: %j',
    (secret) => {
      const text = written((secrets) => secrets.add(secret));
      expect(masked(text)).toEqual([`add-mask ${secret}`]);
      expect(runnerReads(text).shown).toEqual([]);
    },
  );

  it('T19 of several lines is told as a whole and by its lines, and none of them is shown', () => {
    const text = written((secrets) => secrets.add('first line\r\nsecond line\n\n::error::third\n'));
    expect(masked(text)).toEqual([
      'add-mask first line\r\nsecond line\n\n::error::third\n',
      'add-mask first line',
      'add-mask second line',
      'add-mask ::error::third',
    ]);
    expect(runnerReads(text).shown).toEqual([]);
  });

  it('T19 is told once', () => {
    expect(
      masked(
        written((secrets) => {
          secrets.add('the same');
          secrets.add('the same');
        }),
      ),
    ).toEqual(['add-mask the same']);
  });

  it('T19 that is no more than a blank or two letters is not told, because it would cover half of the log', () => {
    const add = (secrets: Secrets) => {
      for (const text of ['', ' ', '   \n', 'ab']) secrets.add(text);
    };
    expect(written(add)).toBe('');
  });

  it('T19 is taken out of our own words as well', () => {
    const secrets = createRunnerSecrets(new Redactor(), () => {});
    secrets.add('hunter2');
    expect(secrets.clean('it is hunter2')).toBe('it is ***');
  });

  it('T19 leaves later jobs nothing that it was in, which the runner sees to', () => {
    const text = written((secrets) => secrets.add('hunter2'));
    const known = runnerReads(text).commands.map(({ data }) => data);
    expect(outputsAfterMasking({ leaky: 'a hunter2 b', fine: 'all' }, known)).toEqual({ leaky: '', fine: 'all' });
  });

  it('T19 is told also while the words of others are relayed, never inside of a pause', () => {
    const pieces: string[] = [];
    const write = (piece: string) => void pieces.push(piece);
    const secrets = createRunnerSecrets(new Redactor(), write);
    const log = createRunnerLog({ write, random: { hex: () => 'f'.repeat(64) }, verbose: true });
    log.relay(['::add-mask::not ours'], 'others');
    secrets.add('hunter2');
    expect(masked(pieces.join('')).filter((one) => one.startsWith('add-mask'))).toEqual(['add-mask hunter2']);
  });
});

describe('the inputs of an action', () => {
  it('T19 are secrets when their names say so, and others are not', () => {
    const env = {
      'INPUT_REGISTRY-PASSWORD': 'hunter2',
      INPUT_TOKEN: 'a-token',
      'INPUT_REGISTRY-USERNAME': 'ada',
      INPUT_TAGS: 'v1-token',
      REGISTRY_PASSWORD: 'somebody else',
    };
    expect(masked(written((secrets) => addSecretInputs(secrets, env)))).toEqual([
      'add-mask hunter2',
      'add-mask a-token',
    ]);
  });
});

describe('the proxies of an environment', () => {
  it.each([
    ['https_proxy', 'http://ada:hunter2-x@proxy:3128'],
    ['HTTP_PROXY', 'ada:hunter2-x@proxy:3128'],
    ['all_proxy', 'http://ada:hunter2%2Dx@proxy'],
    ['HTTPS_PROXY', 'socks5://ada:hunter2-x@proxy'],
  ])('T19 have secret passwords: %s=%s', (name, address) => {
    const redactor = new Redactor();
    addProxySecrets(redactor, { [name]: address });
    expect(redactor.clean(`via ${address}, that is hunter2-x`)).not.toMatch(/hunter2/);
  });

  it.each(['http://proxy:3128', '', 'not an address', 'http://ada@proxy', 'http://ada:%E0%A4%A@proxy'])(
    'T19 may be %j, and nothing breaks',
    (address) => {
      const redactor = new Redactor();
      addProxySecrets(redactor, { https_proxy: address, no_proxy: 'ada:hunter2@x' });
      expect(redactor.clean('proxy ada hunter2')).toBe('proxy ada hunter2');
    },
  );
});

describe('a document that is handed on', () => {
  it.each(['hunter2', 'pass:wörd', 'with "quotes"'])('T19 is refused with %j in it', async (secret) => {
    const redactor = new Redactor();
    redactor.add(secret);
    const sent: string[] = [];
    const artifacts = { upload: async (name: string) => void sent.push(name), download: async () => undefined };
    const guarded = guardedArtifacts(artifacts, redactor);
    const bytes = Buffer.concat([Buffer.from([0xff, 0x00]), Buffer.from(JSON.stringify({ secret }))]);
    await expect(guarded.upload('plan', { 'plan.json': bytes })).rejects.toMatchObject({ code: 'secret-in-artifact' });
    await guarded.upload('other', { 'plan.json': Buffer.from('{}') });
    expect(sent).toEqual(['other']);
  });

  it.each([0, 1024 * 1024 - 5, 1024 * 1024, 3 * 1024 * 1024 - 8, 4_000_000])(
    'T19 is refused wherever a secret stands in it, also across the windows in which it is read: %d',
    async (at) => {
      const redactor = new Redactor();
      redactor.add('hunter2-x');
      const guarded = guardedArtifacts({ upload: async () => {}, download: async () => undefined }, redactor);
      const bytes = Buffer.alloc(4_000_100, at % 2 === 0 ? 'é' : '.');
      await guarded.upload('log', { log: bytes });
      bytes.write('hunter2-x', at);
      await expect(guarded.upload('log', { log: bytes })).rejects.toMatchObject({ code: 'secret-in-artifact' });
    },
  );
});
