import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../../src/domain/digest.ts';
import type { PlannedBase, PlannedImage } from '../../../../src/domain/plan.ts';
import { namedContexts } from '../../../../src/stages/building/named-contexts.ts';
import { madePlanned } from '../../../support/made-plan.ts';

const digest = digestOf('base');
const contextsOf = (changes: Partial<PlannedImage>) =>
  namedContexts({
    image: madePlanned('app', changes),
    folder: '/repo',
    bases: [{ key: 'base', digest, folder: '/stores/base' }],
  });
const base = (changes: Partial<PlannedBase>): PlannedBase => {
  return { reference: 'alpine:3', key: null, digest: null, platforms: {}, ...changes };
};

describe('what stands in for a name in a Dockerfile', () => {
  it.each<[string, PlannedBase, Record<string, string>]>([
    [
      'a base of the set is the one in its store',
      base({ reference: 'ghcr.io/acme/base:main', key: 'base' }),
      { 'ghcr.io/acme/base:main': `oci-layout:///stores/base@${digest}` },
    ],
    [
      'a base from elsewhere is the one that the plan found',
      base({ digest }),
      { 'alpine:3': `docker-image://docker.io/library/alpine@${digest}` },
    ],
    ['a base that names its digest is left alone', base({ reference: `alpine@${digest}`, digest }), {}],
    ['a base that nobody could look up is left alone', base({}), {}],
  ])('%s', (_, one, expected) => {
    expect(contextsOf({ bases: [one] })).toEqual(expected);
  });

  it('a base under a name of the configuration is put in under that name', () => {
    const contexts = { tools: 'docker-image://alpine:3' };
    const found = contextsOf({ contexts, bases: [base({ digest, as: 'tools' })] });
    expect(found).toEqual({ tools: `docker-image://docker.io/library/alpine@${digest}` });
    expect(contextsOf({ contexts, bases: [base({ as: 'tools' })] })).toEqual(contexts);
    const own = contextsOf({ contexts, bases: [base({ key: 'base', as: 'tools' })] });
    expect(own).toEqual({ tools: `oci-layout:///stores/base@${digest}` });
  });

  it('folders and addresses of the configuration are as they are written', () => {
    const contexts = { shared: 'lib/shared', far: 'https://example.com/x.git' };
    expect(contextsOf({ contexts })).toEqual({ shared: '/repo/lib/shared', far: 'https://example.com/x.git' });
  });
});
