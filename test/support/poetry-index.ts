import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Where pip looks packages up when nobody says otherwise. */
const askIndex = ['-c', 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'];
/**
 * The tables by which Poetry tells that a lock file belongs to a project. Without a table `project` the first four of its own
 * count also where they are absent.
 */
const readRelevant = [
  'import json, sys, tomllib',
  'text = tomllib.loads(sys.argv[1])',
  'poetry = text["tool"]["poetry"]',
  'wanted = ["requires-python", "dependencies", "optional-dependencies"]',
  'project = {name: text["project"][name] for name in wanted if name in text.get("project", {})}',
  'always = ["dependencies", "source", "extras", "dev-dependencies"]',
  'names = [name for name in always + ["group"] if name in poetry or (name in always and not project)]',
  'own = {name: poetry.get(name) for name in names}',
  'print(json.dumps({"project": project, "tool": {"poetry": own}} if project else own, sort_keys=True), end="")',
].join('\n');

/** What a Poetry project says about its packages. */
export interface PoetryFiles {
  readonly pyproject: string;
  readonly lock: string;
}

/** One more library for a project. */
export interface AddedLibrary {
  readonly name: string;
  readonly version: string;
  /** The wheel, and its sha256. */
  readonly file: string;
  readonly hash: string;
}

/**
 * The same files with the index as a source of its own. Not every copy of the package index answers the question about one
 * version, by which Poetry asks where no source is named; the simple index is what all have.
 */
export async function withSimpleIndex({ pyproject, lock }: PoetryFiles): Promise<PoetryFiles> {
  const { stdout } = await run('python3', askIndex);
  const url = stdout.trim();
  const source = `\n[package.source]\ntype = "legacy"\nurl = "${url}"\nreference = "simple"\n`;
  const [head = '', ...packages] = lock.split(/^(?=\[\[package\]\]|\[metadata\])/m);
  const sourced = packages.map((part) => (part.startsWith('[[') ? `${part.trimEnd()}\n${source}\n` : part));
  return locked({
    pyproject: `${pyproject}\n[[tool.poetry.source]]\nname = "simple"\nurl = "${url}/"\npriority = "primary"\n`,
    lock: head + sourced.join(''),
  });
}

/** The same project with one more library, locked as `poetry add` does it. */
export function withLibrary({ pyproject, lock }: PoetryFiles, added: AddedLibrary): Promise<PoetryFiles> {
  const source = /\[package\.source\]\n(?:.+\n)+/.exec(lock)?.[0] ?? '';
  const { name, version, file, hash } = added;
  const entry = `[[package]]\nname = "${name}"\nversion = "${version}"\ndescription = ""\noptional = false\npython-versions = "*"\nfiles = [\n    {file = "${file}", hash = "sha256:${hash}"},\n]\n\n${source}\n`;
  return locked({
    pyproject: pyproject.replace(/^python = .*$/m, (python) => `${python}\n${name} = "${version}"`),
    lock: lock.replace('[metadata]', `${entry}[metadata]`),
  });
}

/** The same files, with a lock file that says that it belongs to the project. */
export async function locked({ pyproject, lock }: PoetryFiles): Promise<PoetryFiles> {
  const { stdout } = await run('python3', ['-c', readRelevant, pyproject]);
  const hash = createHash('sha256').update(stdout).digest('hex');
  return { pyproject, lock: lock.replace(/^content-hash = .*$/m, `content-hash = "${hash}"`) };
}
