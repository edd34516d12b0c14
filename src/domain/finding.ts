/** The programs whose output is read. */
export const checkTools = ['ruff', 'mypy', 'pytest'] as const;
export type CheckTool = (typeof checkTools)[number];

/** What a checker says about a place. */
export interface Finding {
  readonly tool: CheckTool;
  /** As the tool wrote it. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly text: string;
}

/** GitHub shows so many annotations of one kind for a step, and drops the rest without a word. */
export const shownAnnotations = 10;

/** The path of a file as the repository knows it: below one of the folders under which the tool may have seen it; nothing for any other file. */
export function fileInRepository(file: string, folders: readonly string[]): string | undefined {
  const folder = folders.find((one) => file.startsWith(`${one}/`));
  const parts = (folder === undefined ? file : file.slice(folder.length + 1)).split('/').filter((part) => part !== '.');
  return parts.some((part) => part === '' || part === '..') ? undefined : parts.join('/');
}

/** Findings without those that say the same of the same place twice. */
export function distinctFindings(findings: readonly Finding[]): readonly Finding[] {
  const known = new Map(
    findings.map((finding) => [JSON.stringify([finding.file, finding.line, finding.text]), finding]),
  );
  return [...known.values()];
}

/** So many findings, by turns of each tool: none with many hides one with few. */
export function chosenFindings(findings: readonly Finding[], most: number): readonly Finding[] {
  const lots = checkTools.map((tool) => findings.filter((finding) => finding.tool === tool));
  const longest = Math.max(...lots.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) => lots.flatMap((lot) => lot[turn] ?? []));
  return turns.flat().slice(0, most);
}
