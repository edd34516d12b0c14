import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { differingLayers } from '../../../src/domain/explain/align.ts';
import { configChanges, quietChanges } from '../../../src/domain/explain/config-changes.ts';
import { ChangeList, isTimeOnly, mostPaths } from '../../../src/domain/explain/layer-changes.ts';
import { maskedText } from '../../../src/domain/explain/masked.ts';
import { changesOf, type EntryFacts } from '../../../src/domain/explain/path-change.ts';
import { judgeSubject, parseExpected } from '../../../src/domain/subject.ts';
import { madePlatformRecord } from '../../support/made-plan.ts';

const file: EntryFacts = {
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 3,
  hash: 'abc',
  mtime: 0,
  target: '',
  attributes: '',
};

describe('one path of two layers', () => {
  const second: readonly (readonly [Partial<EntryFacts>, string])[] = [
    [{ size: 5, hash: 'x' }, 'content (3 -> 5 bytes)'],
    [{ hash: 'x' }, 'content'],
    [{ mode: 0o4755 }, 'mode 644 -> 4755'],
    [{ uid: 1000, gid: 10 }, 'owner 0:0 -> 1000:10'],
    [{ mtime: 60 }, 'time 1970-01-01T00:00:00Z -> 1970-01-01T00:01:00Z'],
    [{ kind: 'link', target: '/x' }, 'file -> link'],
    [{ attributes: 'cap' }, 'extended attributes'],
    [{ hash: 'x', mode: 0o600 }, 'content, mode 644 -> 600'],
  ];
  it.each(second)('that differs in %j is told as %s', (change, text) => {
    const changes = changesOf(file, { ...file, ...change });
    expect(changes.map(([, words]) => words).join(', ')).toBe(text);
  });

  it('that only one has is told, and one that is equal is not', () => {
    expect([changesOf(undefined, file), changesOf(file, undefined), changesOf(file, { ...file })]).toEqual([
      [['added', 'added (file)']],
      [['removed', 'removed (file)']],
      [],
    ]);
  });

  it('is named among the first twenty, in the order of names, and counted beyond', () => {
    const list = new ChangeList();
    for (let at = 1999; at >= 0; at -= 1) list.add(`p${String(at).padStart(4, '0')}`, [['time', 'time']]);
    const changes = list.end(new Map(), new Map());
    expect([changes.total, changes.paths.length, changes.paths[0]?.path, isTimeOnly(changes)]).toEqual([
      2000,
      mostPaths,
      'p0000',
      true,
    ]);
  });
});

describe('the layers of two images', () => {
  const layers = (text: string) => [...text].map((diffId) => ({ diffId, text: diffId.toLowerCase() }));
  it.each([
    ['abc', 'abc', []],
    ['abc', 'aBc', [{ a: 1, b: 1 }]],
    ['abc', 'ac', [{ a: 1, b: null }]],
    ['ac', 'abc', [{ a: null, b: 1 }]],
    [
      'abcd',
      'aBcde',
      [
        { a: 1, b: 1 },
        { a: null, b: 4 },
      ],
    ],
    [
      'abc',
      'xyz',
      [
        { a: 0, b: 0 },
        { a: 1, b: 1 },
        { a: 2, b: 2 },
      ],
    ],
  ])('%s and %s are paired', (a, b, pairs) => {
    expect(differingLayers(layers(a), layers(b))).toEqual(pairs);
  });
});

describe('the configs of two images', () => {
  const config = (own: object) => ({ os: 'linux', architecture: 'amd64', config: { ...own } });

  it('are compared variable by variable and label by label', () => {
    const a = config({ Env: ['A=1', 'B=2'], Labels: { run: '1', team: 'blue' }, Cmd: ['x'], Volumes: {} });
    const b = config({ Env: ['A=1', 'B=3'], Labels: { team: 'blue' }, Cmd: ['y'], Volumes: null });
    expect(configChanges(a, b)).toEqual([
      { key: 'config.Cmd', a: ['x'], b: ['y'] },
      { key: 'config.Env.B', a: '2', b: '3' },
      { key: 'config.Labels.run', a: '1', b: null },
    ]);
  });

  it('show no value of what is called a secret', () => {
    const secrets = ['API_TOKEN', 'DB_PASSWORD', 'client-secret', 'aws_access_key_id', 'AUTH'];
    const of = (value: string) => config({ Env: secrets.map((name) => `${name}=${value}`) });
    const shown = configChanges(of('hunter1'), of('hunter2'));
    expect(shown).toHaveLength(secrets.length);
    expect(JSON.stringify(shown)).not.toContain('hunter');
    expect(configChanges(config({}), of('hunter2'))[0]).toMatchObject({ a: null, b: '***' });
  });

  it('tell that only the order of variables is another', () => {
    const changes = configChanges(config({ Env: ['A=1', 'B=2'] }), config({ Env: ['B=2', 'A=1'] }));
    expect(changes).toEqual([{ key: 'config.Env (order)', a: ['A', 'B'], b: ['B', 'A'] }]);
  });

  it('keep apart what no container sees', () => {
    const a = { ...config({ Labels: { 'org.opencontainers.image.created': '1' } }), created: 'x', history: [1] };
    const b = { ...config({ Labels: { 'org.opencontainers.image.created': '2' } }), created: 'y', history: [2] };
    expect(configChanges(a, b)).toEqual([]);
    expect(quietChanges(a, b).map(({ key }) => key)).toEqual([
      'created',
      'history',
      'config.Labels.org.opencontainers.image.created',
    ]);
  });

  it('hide passwords in addresses and in instructions', () => {
    expect(maskedText('RUN |1 TOKEN=abc /bin/sh -c curl https://ada:word@host/')).toBe(
      'RUN |1 TOKEN=*** /bin/sh -c curl https://ada:***@host/',
    );
    expect(maskedText('ENV API_KEY="a b" TEAM=blue')).toBe('ENV API_KEY=*** TEAM=blue');
  });
});

describe('one image and what it must have', () => {
  const [digest, other] = [digestOf('one'), digestOf('other')];
  const platform = madePlatformRecord();
  const subject = { digest, platforms: [platform] };

  it.each([
    ['promote', digest, 'match'],
    ['promote', other, 'mismatch'],
    ['archive', digest, 'match'],
    ['rebuild', platform.fingerprint, 'match'],
    ['rebuild', digest, 'mismatch'],
    ['layers', platform.layers, 'match'],
    ['layers', 'd'.repeat(64), 'mismatch'],
  ] as const)('by the mode %s: %s is a %s', (mode, expected, state) => {
    expect(judgeSubject(mode, expected, subject).state).toBe(state);
  });

  it('is unverifiable by one value where it has several platforms', () => {
    const two = { digest, platforms: [platform, madePlatformRecord('linux/arm64')] };
    expect(judgeSubject('rebuild', platform.fingerprint, two).state).toBe('unverifiable');
    expect(judgeSubject('promote', digest, two).state).toBe('match');
  });

  it('is expected in the words of the mode', () => {
    expect(parseExpected(`${'c'.repeat(64)}\n`, 'layers', 'x')).toBe('c'.repeat(64));
    expect(() => parseExpected('c'.repeat(64), 'promote', 'x')).toThrow(
      expect.objectContaining({ code: 'digest-invalid' }),
    );
    expect(() => parseExpected('latest', 'layers', 'x')).toThrow(expect.objectContaining({ code: 'digest-invalid' }));
  });
});
