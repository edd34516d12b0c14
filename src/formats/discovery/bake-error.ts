import { ConfigError, type Place } from '../../domain/errors.ts';

const maxLength = 400;

/** The error for a bake or compose file that bake cannot read, with the place that bake names. */
export function brokenDefinition(stderr: string, files: readonly string[]): ConfigError {
  const said = messageIn(stderr);
  const isVariable = /required variable|Unknown variable|interpolat/i.test(said);
  return new ConfigError({
    code: 'definition-invalid',
    what: `docker buildx bake cannot read it: ${said.slice(0, maxLength)}`,
    where: placeIn(said, files),
    state: 'nothing was built',
    next: isVariable
      ? 'give the variable a default in the file (or in .env for compose): the environment is not passed on to it'
      : `mend it; \`docker buildx bake --print ${files.map((file) => `-f ${file}`).join(' ')}\` says the same`,
  });
}

function messageIn(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const start = lines.findLastIndex((line) => /^(?:ERROR|panic):/.test(line));
  // A panic is followed by pages of its stack; an error may go on in the next lines.
  const rest = start < 0 ? lines : lines.slice(start, lines[start]?.startsWith('panic:') ? start + 1 : undefined);
  const text = rest.filter((line) => line !== '').join(' ');
  return text.replace(/^ERROR: /, '') || 'it gave no reason';
}

function placeIn(said: string, files: readonly string[]): Place {
  for (const file of files) {
    const at = said.indexOf(`${file}:`);
    const [, line, column] = at < 0 ? [] : (/^:(\d+)(?:,(\d+))?/.exec(said.slice(at + file.length)) ?? []);
    if (line !== undefined)
      return { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
  }
  const file = files.find((candidate) => said.includes(candidate)) ?? files.join(' with ');
  const line = /\bat line (\d+)/.exec(said)?.[1] ?? /\byaml: line (\d+)/.exec(said)?.[1];
  return { file, ...(line === undefined || files.length > 1 ? {} : { line: Number(line) }) };
}
