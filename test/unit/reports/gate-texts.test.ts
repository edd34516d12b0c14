import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import type { ImageDifference } from '../../../src/domain/explain/difference.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { explainText } from '../../../src/reports/explain-text.ts';
import { verdictAnnotations } from '../../../src/reports/verdict-annotations.ts';
import { subjectSummary, verdictSummary } from '../../../src/reports/verdict-summary.ts';
import { verdictText } from '../../../src/reports/verdict-text.ts';

const layer = {
  platform: 'linux/amd64',
  index: 3,
  instruction: 'COPY src/ /app/',
  line: 11,
  size: { a: 169, b: 174 },
  changed: 22,
  paths: [
    { path: 'app/a.txt', change: 'content' },
    { path: 'app/<b>|`x`\u001b[31m', change: 'mode 644 -> 755' },
  ],
};
const config = [{ platform: 'linux/amd64', key: 'config.Env.API_TOKEN', a: '***', b: null }];
const cause = 'context: COPY src/ /app/ differs in 22 paths: app/a.txt (content)';

const verdict = (changes: Partial<Verdict> = {}): Verdict => ({
  schema: 'slipway.verdict/1',
  set: digestOf('set'),
  state: 'mismatch',
  mode: 'rebuild',
  images: [
    {
      key: 'app',
      state: 'mismatch',
      reasons: ['it is another'],
      difference: { dockerfile: 'app/Dockerfile', layer, config, cause },
    },
    { key: 'base', state: 'match', reasons: [] },
  ],
  ...changes,
});

describe('the summary of the gate', () => {
  it('says the word, why, how it differs, and what to do', () => {
    expect(verdictSummary(verdict())).toMatchInlineSnapshot(`
"### Digest gate: mismatch

Mode: \`rebuild\`

| image | verdict | why |
| --- | --- | --- |
| \`app\` | ❌ mismatch | it is another |
| \`base\` | ✅ match | a second build from the cache runs alike |

**How \`app\` differs.** Cause: context: COPY src/ /app/ differs in 22 paths: app/a.txt \\(content\\)

- layer 3, \`app/Dockerfile:11\`: \`COPY src/ /app/\`
  - \`app/a.txt\`: content
  - \`app/<b>\\|'x'\\x1b[31m\`: mode 644 \\-&gt; 755
  - and 20 more
- \`config.Env.API_TOKEN\`: \`***\` → \`null\`

Nothing of the set is released. Next: nothing is published unless it is what was tested \\(context: COPY src/ /app/ differs in 22 paths: app/a.txt \\(content\\)\\): run again to build and test it anew.
"
`);
  });

  it('of a match says what was proven, and what the mode cannot see', () => {
    const images = [{ key: 'app', state: 'match' as const, reasons: [] }];
    expect(
      verdictSummary(verdict({ state: 'match', mode: 'layers', warnings: ['it cannot see CMD'], images })),
    ).toMatchInlineSnapshot(`
"### Digest gate: match

Mode: \`layers\`

| image | verdict | why |
| --- | --- | --- |
| \`app\` | ✅ match | a second build from the cache has the same layers |

⚠️ it cannot see CMD
"
`);
    expect(
      verdictSummary({ schema: 'slipway.verdict/1', set: digestOf('s'), state: 'match', images }),
    ).toMatchInlineSnapshot(`
"### Digest gate: match

| image | verdict | why |
| --- | --- | --- |
| \`app\` | ✅ match | byte for byte what was tested |
"
`);
  });

  it('of one image says what was expected and found', () => {
    const reasons = ['it is another'];
    expect(
      subjectSummary({ state: 'mismatch', expected: 'sha256:a', found: 'sha256:b', reasons }),
    ).toMatchInlineSnapshot(`
"### Digest gate: mismatch

Expected \`sha256:a\`; found \`sha256:b\`.

it is another
"
`);
  });
});

describe('the annotations of a verdict', () => {
  it('stand on the line of the Dockerfile, with the cause and some paths', () => {
    expect(verdictAnnotations(verdict())).toEqual([
      {
        text: `app: layer 3 differs: COPY src/ /app/\ncause: ${cause}\napp/a.txt: content\napp/<b>|\`x\`\u001b[31m: mode 644 -> 755`,
        place: { file: 'app/Dockerfile', line: 11 },
      },
    ]);
  });

  it('stand on the file alone where the line is unknown, and nowhere without a layer', () => {
    const of = (own: typeof layer | null, line: number | null) => {
      const difference = { dockerfile: 'Dockerfile', layer: own && { ...own, line }, config, cause: null };
      const images = [{ key: 'app', state: 'mismatch' as const, reasons: [], difference }];
      return verdictAnnotations(verdict({ images })).map(({ place }) => place);
    };
    expect([of(layer, null), of(null, null)]).toEqual([[{ file: 'Dockerfile' }], []]);
  });
});

describe('the words for a terminal', () => {
  const difference: ImageDifference = { same: false, layers: [layer], config, cause };

  it('of two images are the cause, the layers and the config, and nothing in them acts', () => {
    expect(explainText(difference)).toMatchInlineSnapshot(`
"they differ
cause: context: COPY src/ /app/ differs in 22 paths: app/a.txt (content)

layer 3: COPY src/ /app/
  line 11 of the Dockerfile; 169 -> 174 bytes
  app/a.txt: content
  app/<b>|\`x\`\\x1b[31m: mode 644 -> 755
  and 20 more

config
  config.Env.API_TOKEN: *** -> null
"
`);
  });

  it('of equal images are one line, and of an unknown cause say so', () => {
    expect(explainText({ same: true, layers: [], config: [], cause: null })).toBe(
      'the same: every platform is byte for byte the other one\n',
    );
    const unknown = { ...layer, line: null, instruction: null, paths: [], changed: 0, size: { a: null, b: 7 } };
    expect(explainText({ same: false, layers: [unknown], config: [], cause: null })).toMatchInlineSnapshot(`
"they differ
cause: not recognised

layer 3: its history does not say what made it
  line of the Dockerfile: unknown; only in the second, 7 bytes
  the same files, packed in another way
"
`);
  });

  it('of the gate are the word, each image, and what to do', () => {
    expect(verdictText(verdict())).toMatchInlineSnapshot(`
"mismatch (rebuild)

image  verdict   why
app    mismatch  it is another
base   match     -

app: cause: context: COPY src/ /app/ differs in 22 paths: app/a.txt (content)
layer 3: COPY src/ /app/
  line 11 of the Dockerfile; 169 -> 174 bytes
  app/a.txt: content
  app/<b>|\`x\`\\x1b[31m: mode 644 -> 755
  and 20 more

next: nothing is published unless it is what was tested (context: COPY src/ /app/ differs in 22 paths: app/a.txt (content)): run again to build and test it anew
"
`);
  });
});
