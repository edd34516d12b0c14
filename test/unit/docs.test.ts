import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { VerdictState } from '../../src/domain/verdict.ts';
import type { Command } from '../../src/entries/command.ts';
import { CacheConfig } from '../../src/formats/config/cache.ts';
import { ChecksConfig } from '../../src/formats/config/checks.ts';
import { ExpectConfig } from '../../src/formats/config/expect.ts';
import { ScanConfig } from '../../src/formats/config/scan.ts';
import { TestConfig } from '../../src/formats/config/test.ts';
import { FamilyConfig, GenerateConfig, ImageConfig, SlipwayConfig } from '../../src/formats/config-schema.ts';
import { filesBelow, readHere as read } from '../support/doc-pages.ts';

/** The part of a page from one heading to the next of the same rank. */
function section(page: string, heading: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  if (start < 0) return '';
  const rest = page.slice(start + heading.length + 2);
  const rank = heading.slice(0, heading.indexOf(' ') + 1);
  const end = rest.search(new RegExp(`^${rank}`, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}

/** What the first column of a page's tables names in code. */
function firstColumn(page: string): string[] {
  return [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, cell = '']) => cell);
}

const gateCodes = VerdictState.options.filter((state) => state !== 'match').map((state) => `gate-${state}`);

/** Codes that a template makes; one that is not here fails the test that reads the sources. */
const templates: Readonly<Record<string, readonly string[]>> = {
  'gate-${verdict.state}': gateCodes,
  'gate-${state}': gateCodes,
  'release-${report.state}': ['release-rolled-back', 'release-partial'],
  '${what}-invalid': ['tag-invalid', 'repository-invalid', 'reference-invalid'],
};

/** Thrown and caught in one place, so that nobody ever reads it. */
const unseen = new Set(['unused']);

/** Every error code that a source file can produce. */
function codesIn(text: string): string[] {
  const literal = /'([a-z]+(?:-[a-z]+)*)'/g;
  const written = [...text.matchAll(/\bcode\s*(?::|=(?!=))\s*(?!z\.)([^,;]*)/g)].map(([, value = '']) => value);
  const makers = [...text.matchAll(/\bfunction (\w+)\(\s*code: string/g)].map(([, name]) => name);
  const made = makers.flatMap((name) => [...text.matchAll(new RegExp(`\\b${name}\\(\\s*('[^']*')`, 'g'))]);
  const words = [...written, ...made.map(([, value = '']) => value)];
  const fromTemplates = words.flatMap((value) =>
    [...value.matchAll(/^`([^`]*\$[^`]*)`/g)].flatMap(
      ([, template = '']) => templates[template] ?? [`\`${template}\``],
    ),
  );
  const plain = words.flatMap((value) => [...value.matchAll(literal)].map(([, code = '']) => code));
  const bug = /`error (bug):/.exec(text)?.[1];
  return [...plain, ...fromTemplates, ...(bug === undefined ? [] : [bug])];
}

describe('reading error codes out of sources', () => {
  it.each([
    ["new E({ code: 'a-b', what })", ['a-b']],
    ["code: full ? 'disk-full' : 'disk-odd',", ['disk-full', 'disk-odd']],
    ["const code = 'm-invalid';", ['m-invalid']],
    ["function no(code: string, what) {}\nno('x-y', 1); no(\n  'z', 2)", ['x-y', 'z']],
    ['code: `new-${thing}`,', ['`new-${thing}`']],
    ['code: z.string().optional()', []],
    ["typeof error.code === 'string'", []],
  ])('%s', (text, codes) => {
    expect(codesIn(text)).toEqual(codes);
  });
});

describe('docs/errors.md', () => {
  const listed = firstColumn(read('docs/errors.md'));
  const produced = new Set(
    filesBelow('src', '.ts')
      .flatMap((file) => codesIn(read(file)))
      .filter((code) => !unseen.has(code)),
  );

  it('lists every code that the sources produce', () => {
    expect(produced.size).toBeGreaterThan(50);
    expect([...produced].filter((code) => !listed.includes(code))).toEqual([]);
  });

  it('lists no code that is gone, and none twice', () => {
    expect(listed.filter((code) => !produced.has(code))).toEqual([]);
    expect(listed).toEqual([...new Set(listed)]);
  });
});

describe('the exit codes of docs/errors.md', () => {
  const page = read('docs/errors.md');
  const exitCodes: Readonly<Record<string, string>> = { Refused: '1', Config: '2', Remote: '3', Tool: '4' };

  /** The number in a row's second column, else the one in the heading of its table. */
  const listedExitCode = (code: string): string | undefined => {
    const before = page.slice(0, page.indexOf(`\n| \`${code}\``));
    const row = page.slice(before.length + 1).split('\n', 1)[0] ?? '';
    return (
      /^\| `[^`]+` \| (\d+) \|/.exec(row)?.[1] ??
      /^## Exit code (\d+)/m.exec(before.slice(before.lastIndexOf('\n## ')))?.[1]
    );
  };

  it('are those of the errors that are thrown', () => {
    const thrown = filesBelow('src', '.ts').flatMap((file) =>
      [...read(file).matchAll(/new (Config|Remote|Tool|Refused)Error\(\{\s*(?:\.\.\.\w+,\s*)?code: '([a-z-]+)'/g)].map(
        ([, kind = '', code = '']) => `${code} ${exitCodes[kind]}`,
      ),
    );
    expect(thrown.length).toBeGreaterThan(40);
    expect(
      thrown.filter((each) => each !== `${each.split(' ')[0]} ${listedExitCode(each.split(' ')[0] ?? '')}`),
    ).toEqual([]);
  });
});

describe('docs/command-line.md', () => {
  const page = read('docs/command-line.md');
  const names = filesBelow('src/entries/commands', '.ts').map((file) => path.basename(file, '.ts'));

  it('has a section for every command, and for nothing else', () => {
    const sections = [...page.matchAll(/^## slipway ([a-z-]+)$/gm)].map(([, name]) => name);
    expect(sections.sort()).toEqual(names.sort());
  });

  it.each(names)('lists the options of slipway %s as its help does', async (name) => {
    const { command } = (await import(`../../src/entries/commands/${name}.ts`)) as { command: Command };
    const wanted = Object.entries(command.options).map(([option, { value }]) =>
      value === undefined ? `--${option}` : `--${option} ${value}`,
    );
    const text = section(page, `## slipway ${name}`);
    expect(firstColumn(text).sort()).toEqual(wanted.sort());
    expect(text).toContain(`slipway ${name}${command.operands === undefined ? '' : ` ${command.operands}`}`);
  });

  it('is matched by the table of the README', () => {
    const table = section(read('README.md'), '## The command line');
    expect(firstColumn(table).map((cell) => cell.split(' ')[1])).toEqual(expect.arrayContaining(names));
    expect(firstColumn(table)).toHaveLength(names.length);
  });
});

describe('docs/config.md', () => {
  const page = read('docs/config.md');

  it.each([
    ['## The file', SlipwayConfig],
    ['## An image', ImageConfig],
    ['## Caches', CacheConfig],
    ['## A generator', GenerateConfig],
    ['## A test', TestConfig],
    ['## Checks', ChecksConfig],
    ['## Expectations', ExpectConfig],
    ['## Scan', ScanConfig],
  ])('describes every key below %s, and no other', (heading, schema) => {
    expect(firstColumn(section(page, heading)).sort()).toEqual(Object.keys(schema.shape).sort());
  });

  it('describes every key of a family that an image does not have', () => {
    const own = Object.keys(FamilyConfig.shape).filter((key) => !(key in ImageConfig.shape));
    expect(firstColumn(section(page, '## A family')).sort()).toEqual(own.sort());
  });
});

describe('links', () => {
  const pages = filesBelow('.', '.md');

  /** The name that a page's headings have in an address. */
  const anchorsOf = (text: string): string[] =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

  it.each(pages)('of %s lead somewhere', (page) => {
    const text = read(page).replace(/^```.*?^```/gms, '');
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const full = file === '' ? page : path.join(path.dirname(page), file);
        if (!existsSync(path.join(root, full))) return true;
        return anchor !== undefined && !anchorsOf(read(full)).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});
