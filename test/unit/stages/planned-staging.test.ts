import { describe, expect, it } from '@jest/globals';
import { parseRepository } from '../../../src/domain/image-ref.ts';
import type { ProjectConfig } from '../../../src/formats/config-schema.ts';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';
import { stagingOf } from '../../../src/stages/planning/staging.ts';
import { madePlan, madePlanned } from '../../support/made-plan.ts';

const all = ['api', 'team/web'].map((name) => ({
  key: name.replace('/', '-'),
  repository: parseRepository(`ghcr.io/acme/${name}`, 'test'),
}));
const rights = { ...madePlan().rights, stage: true };

function staged(yaml: string, given = rights) {
  const config = parseSlipwayYml(`images: { api: {} }\n${yaml}`, 'slipway.yml') as unknown as ProjectConfig;
  const staging = stagingOf({ config, configFile: 'slipway.yml', prefix: 'ghcr.io/acme' }, given, all);
  return { kind: staging.kind, places: all.map(({ key }) => staging.add(madePlanned(key)).stagedIn) };
}

describe('what holds proven images until their tags', () => {
  it.each([
    ['', undefined, undefined],
    ['stage: digest', undefined, undefined],
    ['stage: tag', 'tag', undefined],
    ['stage: archive', 'archive', undefined],
    ['stage: repository', 'repository', ['ghcr.io/acme/api-staging', 'ghcr.io/acme/team/web-staging']],
    ["stage: { repository: 'kept/{name}' }", 'repository', ['ghcr.io/acme/kept/api', 'ghcr.io/acme/kept/team/web']],
  ] as const)('is read from %j', (yaml, kind, places) => {
    expect(staged(yaml)).toEqual({ kind, places: places ?? [undefined, undefined] });
  });

  it('is nothing where a run uploads nothing', () => {
    expect(staged('stage: tag', { ...rights, stage: false }).kind).toBeUndefined();
  });

  it.each([
    ["stage: { repository: 'kept' }", 'stage-repository-invalid'],
    ["stage: { repository: '{name}' }", 'stage-repository-invalid'],
    ["stage: { repository: 'Kept/{name}' }", 'reference-invalid'],
    ['stage: archive\ngate: rebuild', 'stage-gate-mismatch'],
    ['stage: tags', 'config-invalid'],
  ])('refuses %j', (yaml, code) => {
    expect(() => staged(yaml)).toThrow(expect.objectContaining({ code }));
  });
});
