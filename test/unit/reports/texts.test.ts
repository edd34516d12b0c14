import { describe, expect, it } from '@jest/globals';
import { ConfigError, RemoteError } from '../../../src/domain/errors.ts';
import { doctorText } from '../../../src/reports/doctor-text.ts';
import { errorText } from '../../../src/reports/error-text.ts';
import { inspectText } from '../../../src/reports/inspect-text.ts';
import { planText } from '../../../src/reports/plan-table.ts';
import { table } from '../../../src/reports/table.ts';
import { madeCarried, madePlan, madePlanned, madeRecord, tagsNamed } from '../../support/made-plan.ts';

describe('a plan', () => {
  it('is a table of what, on what and why, with its notes', () => {
    const images = [madePlanned('base'), madePlanned('app', { needs: ['base'], reason: 'dependent', why: 'its base' })];
    const tags = { immutable: tagsNamed('v1.0.0'), floating: tagsNamed('latest') };
    const plan = madePlan({ images, carried: [madeCarried('old', { tags })], notes: ['one thing'] });
    expect(planText(plan)).toMatchInlineSnapshot(`
"push of refs/heads/main: 2 to build, 1 carried over
It may read and write caches, upload images by digest, tag for its branch.

image  what   needs    platforms    tags            why
base   build  -        linux/amd64  main            all: it was not published before
app    build  on base  linux/amd64  main            dependent: its base
old    carry  -        -            v1.0.0, latest  what main names was proven for the same inputs (record: unsigned)

base
└── app

note: one thing
"
`);
  });

  it('with nothing to build says so', () => {
    const plan = madePlan({ images: [], carried: [madeCarried()] });
    expect(planText(plan).split('\n')[0]).toBe('push of refs/heads/main: nothing to build, 1 carried over');
  });
});

describe('an image', () => {
  const { digest, mediaType, platforms } = madeRecord();

  it('is shown with its digests and its record', () => {
    expect(inspectText({ digest, mediaType, platforms, record: madeRecord() })).toMatchInlineSnapshot(`
"digest: sha256:ad209f12ebdb6ba84c712d6aadd2edc95a8a309165ab0d632959e79f0dc75041
type:   application/vnd.oci.image.index.v1+json
linux/amd64
  digest       sha256:568fc7f3f54ce9bdd1e03f3db7b46765c92cadaf01232337a6d7b9a97fdb04a3
  config       sha256:d5168f78f0d76bd816fef49f956394bf4ca1cf0204268e792ed7b5a13aa923a3
  fingerprint  sha256:e44e9358bfdceedb47fe265ef5aca5eba632ccb83c14ef117479f9bbdf172b0a
  layers       cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc (1)
record: passed, unsigned, from run run-1 at commit aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  passed  true on linux/amd64
"
`);
  });

  it('without a record is shown as that', () => {
    expect(inspectText({ digest, mediaType, platforms: [], record: null })).toMatch(/\nrecord: none\n$/);
  });
});

describe('an error', () => {
  it('has four parts', () => {
    const error = new ConfigError({
      code: 'config-invalid',
      what: 'it is not YAML',
      where: { file: 'slipway.yml', line: 3, column: 7 },
      state: 'nothing was built',
      next: 'mend that line',
    });
    expect(errorText(error)).toMatchInlineSnapshot(`
"error config-invalid: it is not YAML
  where: slipway.yml:3:7
  state: nothing was built
  next:  mend that line
"
`);
  });

  it('of several lines keeps them below each other', () => {
    const error = new RemoteError({ code: 'x', what: 'one\ntwo', state: 'here', next: 'there' });
    expect(errorText(error)).toBe('error x: one\n         two\n  state: here\n  next:  there\n');
  });
});

describe('what a machine has', () => {
  it('is shown with the command that mends what it lacks', () => {
    const findings = [
      { name: 'engine', state: 'good', text: '28.0.1', fix: '' },
      { name: 'disk', state: 'warning', text: '1 GiB free', fix: 'docker buildx prune' },
      { name: 'builder', state: 'missing', text: 'none', fix: 'docker buildx create --use' },
    ] as const;
    expect(doctorText(findings)).toMatchInlineSnapshot(`
"ok       engine   28.0.1
note     disk     1 GiB free; docker buildx prune
MISSING  builder  none; docker buildx create --use
"
`);
  });
});

describe('a table', () => {
  it('has columns as wide as their widest cell, and no blanks at the end', () => {
    expect(table([['a', 'bb', ''], ['aaa', 'b', 'c'], ['x']])).toEqual(['a    bb', 'aaa  b   c', 'x']);
  });

  it('is nothing without rows', () => {
    expect(table([])).toEqual([]);
  });
});
