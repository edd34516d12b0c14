import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { root } from '../../script/commands/project.ts';
import { SlipwayConfig } from '../../src/formats/config-schema.ts';
import { suiteRepository } from '../../src/formats/init/suite-repository.ts';
import { parseSlipwayYml } from '../../src/formats/slipway-yml.ts';
import { blocksOf, filesBelow, readHere } from '../support/doc-pages.ts';

const pages = filesBelow('.', '.md').filter((file) => !file.startsWith('docs/decisions/'));

interface Step {
  readonly uses: string;
  readonly with: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Every step and every called workflow in a document, however deep. */
function stepsIn(value: unknown): readonly Step[] {
  if (Array.isArray(value)) return value.flatMap(stepsIn);
  if (!isObject(value)) return [];
  const below = Object.values(value).flatMap(stepsIn);
  if (typeof value.uses !== 'string') return below;
  const given = (name: string) => (isObject(value[name]) ? value[name] : {});
  return [{ uses: value.uses, with: given('with'), secrets: given('secrets') }, ...below];
}

/** What of ours a step names: a folder with an action, or a workflow. */
function ownPart(uses: string): string | undefined {
  const plain = uses.replace(/@.*$/, '').replace(/^OWNER\/REPO/, suiteRepository);
  if (plain === suiteRepository) return 'action.yml';
  if (!plain.startsWith(`${suiteRepository}/`)) return undefined;
  const part = plain.slice(suiteRepository.length + 1);
  return part.endsWith('.yml') ? part : `${part}/action.yml`;
}

/** What is wrong with a step that uses something of ours. */
function mistakesOf(step: Step): readonly string[] {
  const file = ownPart(step.uses);
  if (file === undefined) return [];
  if (!existsSync(path.join(root, file))) return [`${step.uses}: there is no ${file}`];
  const document: unknown = parse(readHere(file));
  const taken = file.startsWith('.github/') ? at(document, ['on', 'workflow_call']) : document;
  const inputs = at(taken, ['inputs']);
  const unknown = [
    ...Object.keys(step.with).filter((name) => !(name in inputs)),
    ...Object.keys(step.secrets).filter((name) => !(name in at(taken, ['secrets']))),
  ].map((name) => `${step.uses}: it takes no ${name}`);
  const missing = Object.entries(inputs)
    .filter(([name, input]) => at(input, []).required === true && !(name in step.with))
    .map(([name]) => `${step.uses}: it needs ${name}`);
  return [...unknown, ...missing];
}

function at(value: unknown, keys: readonly string[]): Record<string, unknown> {
  const [key, ...rest] = keys;
  if (key === undefined) return isObject(value) ? value : {};
  return at(isObject(value) ? value[key] : undefined, rest);
}

describe('a step that uses ours', () => {
  it.each([
    ['an input that is not there', { uses: 'org/slipway/actions/push@v1', with: { plans: 'x' } }, 'it takes no plans'],
    ['an input that must be given', { uses: 'org/slipway/actions/static-checks@v1' }, 'it needs run'],
    ['an action that is not there', { uses: 'org/slipway/actions/pull@v1' }, 'there is no actions/pull/action.yml'],
    [
      'a secret that is not there',
      { uses: 'org/slipway/.github/workflows/images.yml@v1', secrets: { x: 'y' } },
      'no x',
    ],
  ])('with %s is found out', (_, step, why) => {
    expect(stepsIn({ jobs: { one: { steps: [step] } } }).flatMap(mistakesOf)).toEqual([expect.stringContaining(why)]);
  });
});

const yamlOf = (page: string) => blocksOf(readHere(page)).filter(({ language }) => ['yaml', 'yml'].includes(language));
const withYaml = pages.filter((page) => yamlOf(page).length > 0);

describe('YAML', () => {
  it.each(withYaml)('of %s can be read, and gives actions and workflows what they take', (page) => {
    const mistakes = yamlOf(page).flatMap(({ text }) => stepsIn(parse(text)).flatMap(mistakesOf));
    expect(mistakes).toEqual([]);
  });

  it.each(withYaml)('of %s that is for slipway.yml is not refused', (page) => {
    const isConfig = (text: string): boolean => {
      const document: unknown = parse(text);
      if (!isObject(document) || Array.isArray(document)) return false;
      const keys = Object.keys(document);
      // `generate`, `scan` and `set` are words that other files have as well; two files are told apart by all their keys.
      return (
        !keys.some((key) => ['jobs', 'on', 'steps', 'services', 'uses', 'permissions'].includes(key)) &&
        keys.some((key) => key in SlipwayConfig.shape)
      );
    };
    const shown = yamlOf(page).filter(({ text }) => isConfig(text));
    if (page === 'docs/config.md') expect(shown.length).toBeGreaterThan(5);
    for (const { text } of shown) {
      expect(() => parseSlipwayYml(text, page)).not.toThrow();
    }
  });

  const workflows = [...filesBelow('.github/workflows', '.yml'), ...filesBelow('examples', '.yml')].filter((file) =>
    file.includes('.github/workflows/'),
  );

  it.each(workflows)('of %s gives actions and workflows what they take', (file) => {
    expect(stepsIn(parse(readHere(file))).flatMap(mistakesOf)).toEqual([]);
  });
});

describe('the page of the reusable workflow', () => {
  it('names each of its inputs and secrets, and no other', () => {
    const { on } = parse(readHere('.github/workflows/images.yml'));
    const { inputs, secrets } = on.workflow_call as Record<'inputs' | 'secrets', Record<string, object>>;
    const rows = readHere('docs/images-workflow.md').matchAll(/^\| (`[^|]*`) \|/gm);
    const named = [...rows].flatMap(([, cell = '']) => cell.split(', ').map((name) => name.replaceAll('`', '')));
    expect(named.toSorted()).toEqual([...Object.keys(inputs), ...Object.keys(secrets)].toSorted());
  });
});
