import { describe, expect, it } from '@jest/globals';
import { plainBuild } from '../../../../src/domain/build-options.ts';
import { Redactor } from '../../../../src/domain/redactor.ts';
import { refuseSecretArgs } from '../../../../src/stages/building/secret-args.ts';
import { madePlanned } from '../../../support/made-plan.ts';

function refuse(buildArgs: Readonly<Record<string, string>>): void {
  const secrets = new Redactor();
  secrets.add('registered-canary');
  const env = { PIP_TOKEN: 'mounted-canary' };
  const options = { ...plainBuild, secrets: [{ id: 'pip', from: 'env' as const, name: 'PIP_TOKEN' }] };
  refuseSecretArgs({ env, secrets }, madePlanned('app', { buildArgs, options }));
}

describe('T18: a build argument', () => {
  it.each([
    ...['TOKEN', 'GITHUB_TOKEN', 'token', 'DB_PASSWORD', 'CLIENT_SECRET', 'API_KEY', 'APIKEY', 'aws-secret-access-key'],
    ...['AWS_ACCESS_KEY', 'SSH_PRIVATE_KEY', 'CREDENTIALS'],
  ])('with the name of a secret is refused: %s', (name) => {
    expect(() => refuse({ [name]: 'canary' })).toThrow(
      expect.objectContaining({ code: 'build-arg-secret', exitCode: 1, where: 'build-args of app' }),
    );
  });

  it.each(['registered-canary', 'https://user:registered-canary@host', 'mounted-canary'])(
    'that holds a known secret is refused, whatever its name: %s',
    (value) => {
      expect(() => refuse({ INDEX: value })).toThrow(expect.objectContaining({ code: 'build-arg-secret' }));
    },
  );

  it('is refused without its value in the words', () => {
    expect(() => refuse({ TOKEN: 'canary' })).toThrow(/^(?!.*canary)/);
  });

  it.each([
    { VERSION: 'v1' },
    { PASSWORD_FILE: '/run/secrets/x' },
    { TOKENIZER: 'bpe' },
    { SECRETARY: 'x' },
    { KEYBOARD: 'us' },
    { TOKEN: '' },
  ])('that is none is let through: %j', (buildArgs) => {
    expect(() => refuse(buildArgs)).not.toThrow();
  });
});
