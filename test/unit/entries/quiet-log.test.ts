import { describe, expect, it } from '@jest/globals';
import { quietLog } from '../../../src/entries/quiet-log.ts';
import { recordingLog } from '../../support/fake-log.ts';

describe('a quiet log', () => {
  it('says warnings and errors, and nothing of what goes well', async () => {
    const inner = recordingLog();
    const log = quietLog(inner);
    log.debug('a');
    log.info('b');
    log.notice('c');
    log.warning('d');
    log.error('e');
    expect(await log.group('f', async () => 7)).toBe(7);
    log.task('app', { kind: 'working', text: 'test it' });
    log.relay(['all is well'], 'app: test it');
    log.task('app', { kind: 'done', text: 'passed' });
    expect(inner.entries.map(({ kind, text }) => `${kind} ${text}`)).toEqual(['warning d', 'error e']);
  });

  it('shows what an image printed once it failed, and of no other', () => {
    const inner = recordingLog();
    const log = quietLog(inner);
    for (const key of ['app', 'app-dev']) {
      log.task(key, { kind: 'working', text: 'test it' });
      log.relay([`${key} said this`], `${key}: test it`);
    }
    log.relay(['a step'], 'the end of the build of app');
    log.task('app', { kind: 'failed', text: 'exit code 1' });
    expect(inner.entries).toEqual([
      { kind: 'relay', text: 'app: test it', lines: ['app said this'] },
      { kind: 'relay', text: 'the end of the build of app', lines: ['a step'] },
      expect.objectContaining({ kind: 'task', text: expect.stringContaining('app') }),
    ]);
  });

  it('shows at once what is printed before there are images: it belongs to an error', () => {
    const inner = recordingLog();
    quietLog(inner).relay(['no such file'], 'the generator of Dockerfiles');
    expect(inner.texts('relay')).toEqual(['the generator of Dockerfiles']);
  });

  it('holds the end of a flood, and not all of it', () => {
    const inner = recordingLog();
    const log = quietLog(inner);
    log.task('app', { kind: 'working', text: 'test it' });
    for (let line = 0; line < 1_000; line += 1) log.relay([`${line}`], 'app: test it');
    log.task('app', { kind: 'failed', text: 'exit code 1' });
    const [relayed] = inner.entries;
    expect([relayed?.lines?.length, relayed?.lines?.at(-1)]).toEqual([400, '999']);
  });
});
