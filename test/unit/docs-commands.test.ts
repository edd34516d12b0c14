import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../script/commands/project.ts';
import { parseArguments } from '../../src/adapters/arguments.ts';
import type { Command } from '../../src/entries/command.ts';
import { commandsOf, filesBelow, readHere, wordsOf } from '../support/doc-pages.ts';

const pages = filesBelow('.', '.md').filter((file) => !file.startsWith('docs/decisions/'));

/** What is typed after `slipway`; words in brackets are not typed as they stand. */
function slipwayWords(line: string): readonly string[] | undefined {
  const found = /^(?:\$ )?(?:slipway|node (?:\.\.\/)*dist\/cli\/index\.js)(?: (.*))?$/.exec(line.trim());
  if (found === null) return undefined;
  const typed = (found[1] ?? '').replaceAll(/\[[^\]]*\]/g, '');
  return wordsOf(typed.replace(/ [|>#&] .*$/, ''));
}

/** Why the command line would refuse these words; nothing where it would not. */
async function refusal(words: readonly string[]): Promise<string | undefined> {
  const [name = '--help', ...rest] = words;
  if (['--help', '--version', 'COMMAND', 'help', '…'].includes(name)) return undefined;
  if (!/^[a-z-]+$/.test(name)) return `${name} is no command`;
  if (!existsSync(path.join(root, `src/entries/commands/${name}.ts`))) return `there is no command ${name}`;
  const { command } = (await import(`../../src/entries/commands/${name}.ts`)) as { command: Command };
  try {
    const options = { ...command.options, help: { kind: 'flag', about: '' } } as const;
    const { positionals } = parseArguments(rest, options);
    if (command.operands === undefined && positionals.length > 0) return `${positionals[0]} is not expected`;
    return undefined;
  } catch (error) {
    const isMention = String(error).includes('argument missing') && !rest.includes('VALUE');
    // In a sentence the name of an option is enough.
    return isMention ? refusal([...words, 'VALUE']) : String(error);
  }
}

describe('what would be refused on the command line', () => {
  it.each([
    ['slipway run --to ghcr.io/acme', undefined],
    ['$ slipway explain A B', undefined],
    ['slipway run [options]', undefined],
    ["slipway devcontainer 'poetry run pytest' --venv poetry", undefined],
    ['slipway plan --since', undefined],
    ['slipway run --too ghcr.io/acme', '--to'],
    ['slipway runs', 'no command'],
    ['slipway run base', 'not expected'],
  ])('%s', async (line, why) => {
    const found = await refusal(slipwayWords(line) ?? []);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(why);
  });
});

describe('commands', () => {
  it('are found at all', () => {
    const found = pages.flatMap((page) => commandsOf(readHere(page))).filter((line) => slipwayWords(line));
    expect(found.length).toBeGreaterThan(60);
  });

  it.each(pages)('of %s are such as slipway takes', async (page) => {
    const lines = commandsOf(readHere(page));
    const refused: string[] = [];
    for (const line of lines) {
      const words = slipwayWords(line);
      const why = words === undefined ? undefined : await refusal(words);
      if (why !== undefined) refused.push(`${line}: ${why}`);
    }
    expect(refused).toEqual([]);
  });

  it.each(pages)('of %s name scripts that are there and can be started', (page) => {
    const named = readHere(page).matchAll(/(?<![\w./-])(?:\.\/)?(script\/[\w-]+(?:\/[\w./-]*\w)?)/g);
    const missing = [...named].map(([, file = '']) => file).filter((file) => !isThere(file));
    expect(missing).toEqual([]);
  });
});

function isThere(file: string): boolean {
  const full = path.join(root, file);
  if (!existsSync(full)) return false;
  const isProgram = /^script\/[\w-]+$/.test(file) && !statSync(full).isDirectory() && file !== 'script/stub';
  return !isProgram || (statSync(full).mode & 0o111) !== 0;
}

describe('pages', () => {
  const linked = (page: string): readonly string[] =>
    [...readHere(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => path.join(path.dirname(page), target));
  const readers = ['README.md', 'docs/guides/README.md', 'docs/concepts/README.md'].flatMap(linked);

  it('about something are all found from the README, or from the list that it leads to', () => {
    const all = filesBelow('docs', '.md').filter((page) => !page.startsWith('docs/decisions/'));
    expect(all.length).toBeGreaterThan(25);
    expect(all.filter((page) => !readers.includes(page))).toEqual([]);
  });

  it('of actions are there for every action, and the README leads to each', () => {
    const actions = filesBelow('actions', 'action.yml').map((file) => path.join(path.dirname(file), 'README.md'));
    expect(actions.length).toBeGreaterThan(6);
    expect(actions.filter((page) => !readers.includes(page))).toEqual([]);
  });
});

describe('docs/troubleshooting.md', () => {
  it('names no code that docs/errors.md does not have', () => {
    const listed = [...readHere('docs/errors.md').matchAll(/^\| `([^`]+)`/gm)].map(([, code]) => code);
    const symptoms = readHere('docs/troubleshooting.md').split('\n## To look inside')[0] ?? '';
    const codes = [...symptoms.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, code = '']) => code);
    const inputs = ['registry-password', 'buildkit-image', 'hash-explain'];
    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => !listed.includes(code) && !inputs.includes(code))).toEqual([]);
  });
});
