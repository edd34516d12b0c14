import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addCounts, keptCases, parseJunit } from '../../../src/formats/junit.ts';

const pytest = `<?xml version="1.0" encoding="utf-8"?>
<!-- made by a test -->
<testsuites><testsuite name="pytest" tests="4">
<testcase classname="tests.test_a" name="test_good" time="0.1"/>
<testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py" line="12">
  <failure message="assert 1 &lt; 0 &amp; more">def test_bad():<![CDATA[ a < b ]]></failure></testcase>
<testcase name="breaks"><error type="ValueError"/></testcase>
<testcase name="left out"><skipped message="no"/><system-out>x</system-out></testcase>
</testsuite></testsuites>`;

describe('a JUnit file', () => {
  it('is counted, with what failed', () => {
    expect(parseJunit(pytest)).toEqual({
      kind: 'read',
      counts: {
        passed: 1,
        failed: 2,
        skipped: 1,
        failures: [
          {
            suite: 'tests.test_a',
            name: 'test_bad',
            message: 'assert 1 < 0 & more\ndef test_bad(): a < b',
            file: 'tests/test_a.py',
            line: 12,
          },
          { suite: 'pytest', name: 'breaks', message: 'ValueError', file: null, line: null },
        ],
      },
    });
  });

  it('may have a suite in a suite, and no suites around them', () => {
    const text =
      '<testsuite name="a"><testsuite name="b"><testcase name="x"><failure/></testcase></testsuite></testsuite>';
    expect(parseJunit(text)).toMatchObject({ counts: { failures: [{ suite: 'b' }] } });
  });

  it('keeps the first of many failed cases, and counts all', () => {
    const text = `<testsuite>${'<testcase name="x"><failure/></testcase>'.repeat(500)}</testsuite>`;
    const { counts } = parseJunit(text) as { counts: ReturnType<typeof addCounts> };
    expect([counts.failed, counts.failures.length]).toEqual([500, keptCases]);
    const sum = addCounts([counts, counts]);
    expect([sum.failed, sum.failures.length]).toEqual([1000, keptCases]);
  });

  it('is cut where it says too much', () => {
    const text = `<testsuite><testcase name="${'n'.repeat(9999)}"><failure message="${'m'.repeat(9999)}">${'t'.repeat(9999)}</failure></testcase></testsuite>`;
    const { counts } = parseJunit(text) as { counts: ReturnType<typeof addCounts> };
    expect([counts.failures[0]?.name.length, counts.failures[0]?.message.length]).toEqual([300, 1000]);
  });
});

describe('what is no JUnit file', () => {
  it.each([
    ['a bomb of entities', '<!DOCTYPE x [<!ENTITY a "aa">]><testsuite>&a;</testsuite>', 'DOCTYPE'],
    ['nothing', '', 'not whole'],
    ['a beginning', '<testsuite><testcase name="a">', 'not whole'],
    ['elements that are not nested', '<testsuite><a></b></testsuite>', 'not nested'],
    ['an element that does not end', '<testsuite', 'does not end'],
    ['an attribute without quotes', '<testsuite name=a></testsuite>', 'does not end'],
    ['a comment that does not end', '<testsuite><!-- </testsuite>', '"-->" is missing'],
    ['two documents', '<testsuite/><testsuite/>', 'more than one'],
    ['text', 'hello', 'outside'],
    ['another kind of file', '<html><testsuite/></html>', 'first element is html'],
    ['very deep', `<testsuite>${'<a>'.repeat(1000)}`, 'deep'],
    ['a close too many', '<testsuite/></testsuite>', 'not nested'],
  ])('%s is refused', (_, text, why) => {
    expect(parseJunit(text)).toEqual({ kind: 'broken', why: expect.stringContaining(why) });
  });

  it('knows no entities but those of every document', () => {
    const text = '<testsuite><testcase name="&lt;&#65;&#x42;&nbsp;&#9999999;"><failure/></testcase></testsuite>';
    expect(parseJunit(text)).toMatchObject({ counts: { failures: [{ name: '<AB&nbsp;&#9999999;' }] } });
  });

  it('throws nothing, whatever it is', () => {
    const part = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '&',
      'testsuite',
      'testcase',
      ' a="b"',
      ' ',
      'x',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        expect(['read', 'broken']).toContain(parseJunit(parts.join('')).kind);
      }),
      { numRuns: 2000 },
    );
  });

  it('of a million signs that never end takes no longer than it is long', () => {
    for (const text of [
      '<'.repeat(1_000_000),
      `<testsuite ${'a'.repeat(1_000_000)}`,
      `<testsuite${' a="b"'.repeat(100_000)}`,
    ]) {
      expect(parseJunit(text).kind).toBe('broken');
    }
  });
});
