import { describe, expect, it } from '@jest/globals';
import { cacheUse, tellCaches, tellChecks } from '../../../../src/stages/building/reports.ts';
import { recordingLog } from '../../../support/fake-log.ts';
import { madePlanned } from '../../../support/made-plan.ts';

const image = { ...madePlanned('app'), dockerfile: 'app/Dockerfile' };

describe('the checks of a build', () => {
  it('become warnings on the lines of the Dockerfile', () => {
    const log = recordingLog();
    tellChecks({ log }, image, [
      { text: 'Casing: x', url: 'https://docs.test', line: 4 },
      { text: 'Odd', url: '', line: undefined },
    ]);
    expect(log.entries).toEqual([
      { kind: 'warning', text: 'app: Casing: x (https://docs.test)', place: { file: 'app/Dockerfile', line: 4 } },
      { kind: 'warning', text: 'app: Odd', place: { file: 'app/Dockerfile' } },
    ]);
  });

  it('are ten at most, with the number of the others', () => {
    const log = recordingLog();
    tellChecks(
      { log },
      image,
      Array.from({ length: 12 }, (_, at) => ({ text: `T${at}`, url: '', line: at + 1 })),
    );
    expect([log.texts('warning').length, log.texts('info')]).toEqual([
      10,
      ['app: 2 more of such warnings about app/Dockerfile'],
    ]);
  });
});

describe('the caches of a build', () => {
  it('are told where they did not help: a failed write as a warning, a failed read in plain words', () => {
    const log = recordingLog();
    tellCaches({ log }, image, [
      { kind: 'read', place: 'r.test/c:app', problem: null },
      { kind: 'read', place: 'r.test/c:main', problem: 'not found' },
      { kind: 'write', place: 'registry', problem: 'denied' },
    ]);
    expect(log.entries).toEqual([
      { kind: 'info', text: 'app: no cache was used from r.test/c:main: not found' },
      { kind: 'warning', text: 'app: the cache registry was not written: denied' },
    ]);
  });

  it('are kept with their counts, and without what follows a question mark', () => {
    const problem = 'Put "https://cache.test/x?sig=made-up&t=1": denied';
    const caches = [{ kind: 'write' as const, place: 'gha', problem }];
    expect(cacheUse({ kind: 'built', warnings: [], cached: 1, executed: 2, caches })).toEqual({
      cached: 1,
      executed: 2,
      caches: [{ kind: 'write', place: 'gha', problem: 'Put "https://cache.test/x?…": denied' }],
    });
  });
});
