import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** A file of `src`, by its path below it. */
interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const below = ['clients', 'store', 'reports', 'formats', 'domain', 'ports'];

/** What each room may import, besides itself. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  entries: ['adapters', 'pipelines', 'stages', ...below],
  pipelines: ['stages', ...below],
  stages: below,
  clients: ['formats', 'domain', 'ports'],
  store: ['formats', 'domain', 'ports'],
  reports: ['formats', 'domain', 'ports'],
  adapters: ['formats', 'domain', 'ports'],
  formats: ['domain', 'ports'],
  ports: ['domain'],
  domain: [],
};

const domainPackages = ['semver', 'zod', 'node:crypto'];

/** Everything in a file that the rules of the house forbid. */
function violationsIn({ path, text }: SourceFile): readonly string[] {
  const room = path.split('/')[0] ?? '';
  if (rooms[room] === undefined || !path.includes('/')) return [`${path} is in no room`];
  const code = withoutComments(text);
  const lineOf = (index: number): number => code.slice(0, index).split('\n').length;
  const imports = importsIn(code).flatMap(({ index, name }) => {
    const why = whyNot(path, room, name);
    return why === undefined ? [] : [`${path}:${lineOf(index)} imports ${name}: ${why}`];
  });
  if (room === 'adapters' || room === 'entries') return imports;
  const touches = [...withoutTexts(code).matchAll(/(?<!\.)\bprocess\s*[.[;,)]|\bglobalThis\s*\.\s*process\b/g)];
  return [...imports, ...touches.map(({ index }) => `${path}:${lineOf(index)} touches process`)];
}

function whyNot(path: string, room: string, name: string): string | undefined {
  if (name.startsWith('.')) return whyNotFile(path, room, posix.join(posix.dirname(path), name));
  if (name === '') return 'nobody can tell what it is';
  if (room === 'domain') return domainPackages.includes(name) ? undefined : 'domain knows three packages';
  const isSystem = name.startsWith('node:') || builtinModules.includes(name) || name.startsWith('@actions/');
  return isSystem && room !== 'adapters' ? 'only adapters touch the system' : undefined;
}

function whyNotFile(path: string, room: string, target: string): string | undefined {
  const other = target.split('/')[0] ?? '';
  if (other === room) {
    const isStage = room === 'stages' && /^stages\/[^/]+$/.test(target);
    return isStage && target !== path ? 'a stage never calls another stage' : undefined;
  }
  return rooms[room]?.includes(other) ? undefined : `${room} do not know ${other}`;
}

/** The names in every `import`, `export … from` and `import()`; a name that is computed is empty. */
function importsIn(code: string): readonly { readonly index: number; readonly name: string }[] {
  const written = /\b(?:import|export)\b(?:\s*(?:type\s+)?[\w*{][^'";()]*?\bfrom)?\s*(['"])([^'"]+)\1/g;
  const called = /\bimport\s*\(\s*(?:(['"])([^'"]+)\1)?/g;
  return [written, called].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(({ index, 2: name = '' }) => ({ index, name })),
  );
}

/** Comments become blanks, so that places stay; a `//` within a text is left as it is. */
function withoutComments(text: string): string {
  return text.replace(/(['"`])(?:\\.|(?!\1)[^\\])*\1|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (found) =>
    /^\/[/*]/.test(found) ? found.replace(/[^\n]/g, ' ') : found,
  );
}

function withoutTexts(code: string): string {
  return code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (found) => ' '.repeat(found.length));
}

const root = new URL('../../src/', import.meta.url);

function sources(): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));
}

describe('the house', () => {
  it('has rooms, and files in them', () => {
    expect(sources().length).toBeGreaterThan(100);
  });

  it('has imports that go one way', () => {
    expect(sources().flatMap(violationsIn)).toEqual([]);
  });
});

describe('the check of the house', () => {
  it.each([
    ['stages/plan.ts', "import { x } from '../clients/registry/client.ts';"],
    ['stages/plan.ts', "import { x } from './planning/drafts.ts';"],
    ['stages/planning/proof.ts', "import { x } from './drafts.ts';"],
    ['stages/build.ts', "import { x } from '../reports/table.ts';"],
    ['pipelines/run.ts', "import { x } from '../stages/plan.ts';"],
    ['pipelines/run.ts', "import { x } from '../domain/plan.ts';"],
    ['entries/cli.ts', "import { x } from '../adapters/http.ts';"],
    ['entries/cli.ts', 'process.exitCode = 1;'],
    ['adapters/http.ts', "import { x } from 'node:http';\nprocess.on('exit', x);"],
    ['adapters/http.ts', "const { x } = await import('@actions/http-client');"],
    ['domain/digest.ts', "import { x } from 'node:crypto';"],
    ['domain/plan.ts', "import { z } from 'zod';"],
    ['formats/x.ts', "import { x } from '../ports/content.ts';"],
    ['ports/log.ts', "import type { x } from '../domain/errors.ts';"],
    ['formats/x.ts', "// process.env is not read here, and no import('node:fs')"],
    ['formats/x.ts', "const text = 'the process. ended';"],
    ['formats/x.ts', 'const x = { process: 1 }.process;'],
  ])('lets %s say %p', (path, text) => {
    expect(violationsIn({ path, text })).toEqual([]);
  });

  it.each([
    ['domain/plan.ts', "import { x } from '../formats/oci.ts';"],
    ['domain/plan.ts', "import type { x } from '../ports/exec.ts';"],
    ['domain/plan.ts', "import { x } from 'node:path';"],
    ['domain/plan.ts', "import { x } from 'yaml';"],
    ['formats/oci.ts', "import { x } from '../store/store.ts';"],
    ['formats/oci.ts', "import { x } from 'node:crypto';"],
    ['ports/exec.ts', "import { x } from '../formats/oci.ts';"],
    ['clients/git.ts', "import { x } from '../store/store.ts';"],
    ['clients/git.ts', "import { x } from '../reports/table.ts';"],
    ['clients/registry/client.ts', "import { x } from '../../store/store.ts';"],
    ['clients/git.ts', "import { x } from '../stages/plan.ts';"],
    ['store/store.ts', "export { x } from '../clients/git.ts';"],
    ['reports/table.ts', "import { x } from '../store/store.ts';"],
    ['stages/build.ts', "import { x } from './plan.ts';"],
    ['stages/planning/drafts.ts', "import { x } from '../plan.ts';"],
    ['stages/build.ts', "import { x } from '../pipelines/run.ts';"],
    ['stages/build.ts', "import { x } from '../adapters/http.ts';"],
    ['pipelines/run.ts', "import { x } from '../adapters/http.ts';"],
    ['pipelines/run.ts', "import { x } from '../entries/cli.ts';"],
    ['adapters/http.ts', "import { x } from '../clients/git.ts';"],
    ['adapters/http.ts', "import { x } from '../store/store.ts';"],
    ['entries/cli.ts', "import { x } from 'node:fs';"],
    ['stages/build.ts', "import {\n  x,\n} from 'node:fs';"],
    ['stages/build.ts', "import 'node:fs';"],
    ['stages/build.ts', "import { x } from 'fs/promises';"],
    ['stages/build.ts', "const x = await import('node:fs');"],
    ['stages/build.ts', "import { x } from '@actions/core';"],
    ['stages/build.ts', 'const x = process.env.HOME;'],
    ['stages/build.ts', 'const { env } = process;'],
    ['stages/build.ts', 'const x = globalThis.process;'],
    ['stages/build.ts', 'const x = await import(name);'],
    ['stages/build.ts', "import { x } from '../../test/support/x.ts';"],
    ['helpers/x.ts', 'export const x = 1;'],
    ['stray.ts', 'export const x = 1;'],
  ])('sees that %s must not say %p', (path, text) => {
    expect(violationsIn({ path, text })).toHaveLength(1);
  });

  it('says where and what', () => {
    expect(violationsIn({ path: 'stages/build.ts', text: "\nimport { x } from './plan.ts';" })).toEqual([
      'stages/build.ts:2 imports ./plan.ts: a stage never calls another stage',
    ]);
  });
});
