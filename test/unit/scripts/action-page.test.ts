import { describe, expect, it } from '@jest/globals';
import { stepIn } from '../../../script/commands/generate/example-step.ts';
import { isMarked, marked, withParts } from '../../../script/commands/generate/marked-page.ts';

const workflow = `jobs:
  one:
    steps:
      - uses: actions/checkout@v6
      - id: build
        uses: org/own/actions/build@v1
        with:
          run: |
            - a line
            another
      - uses: org/own/actions/push@v1

  two:
    steps: []
`;

describe('the step of an example', () => {
  it('is taken whole, from its first line to its last, and moved to the margin', () => {
    expect(stepIn(workflow, 'org/own/actions/build@v1')).toBe(
      '- id: build\n  uses: org/own/actions/build@v1\n  with:\n    run: |\n      - a line\n      another',
    );
  });

  it('may be one line', () => {
    expect(stepIn(workflow, 'org/own/actions/push@v1')).toBe('- uses: org/own/actions/push@v1');
  });

  it('is not there where no step uses the action, or one with a longer name', () => {
    expect(stepIn(workflow, 'org/own/actions/pull@v1')).toBeUndefined();
    expect(stepIn(workflow, 'org/own/actions/build@v')).toBeUndefined();
  });
});

describe('a page of which parts are made', () => {
  const page = `# Title\n\n${marked('inputs', 'old')}\n\nwords by hand\n\n${marked('outputs', '')}\n`;

  it('keeps what people wrote around the parts', () => {
    expect(withParts(page, { inputs: 'new', outputs: 'two' }, 'x.md')).toBe(
      `# Title\n\n${marked('inputs', 'new')}\n\nwords by hand\n\n${marked('outputs', 'two')}\n`,
    );
  });

  it('is the same when nothing has changed', () => {
    expect(withParts(page, { inputs: 'old', outputs: '' }, 'x.md')).toBe(page);
  });

  it('must have all of its parts', () => {
    expect(() => withParts(page, { example: 'x' }, 'x.md')).toThrow(
      'x.md has no part <!-- script/generate: example -->',
    );
  });

  it('is told from one that nobody has written', () => {
    expect(isMarked(page)).toBe(true);
    expect(isMarked('# Title\n')).toBe(false);
  });
});
