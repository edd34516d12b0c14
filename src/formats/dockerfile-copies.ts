import { cleanPath } from '../domain/path.ts';
import { type DockerfileLine, readDockerfileLines, wordsIn } from './dockerfile-lines.ts';

/** What a Dockerfile takes from its context. */
export interface ContextSources {
  /** Paths and patterns below the context. */
  readonly paths: readonly string[];
  /** Lines of which nobody can tell what they take, so that all of the context counts. */
  readonly unclear: readonly number[];
}

/** Reads which files of the context the instructions of a Dockerfile take, of every stage. */
export function contextSources(text: string, file: string): ContextSources {
  const { lines, escapeChar } = readDockerfileLines(text, file);
  const paths = new Set<string>();
  const unclear: number[] = [];
  for (const line of lines) {
    const sources = sourcesIn(line, escapeChar);
    if (sources.some((source) => /\$/.test(source))) unclear.push(line.line);
    else for (const source of sources) paths.add(cleanPath(source.replace(/^\/+/, '')));
  }
  return { paths: [...paths].sort(), unclear };
}

function sourcesIn({ keyword, flags, rest }: DockerfileLine, escapeChar: string): readonly string[] {
  if (keyword === 'RUN') return flags.flatMap(mountSource);
  if (keyword !== 'COPY' && keyword !== 'ADD') return [];
  if (flags.some((flag) => flag.startsWith('--from='))) return [];
  const words = rest.startsWith('[') ? jsonWords(rest) : wordsIn(rest, escapeChar).map(unquoted);
  // The last word is where they go. Texts of heredocs stand in the Dockerfile, and what an address gives is not here.
  return words.slice(0, -1).filter((word) => !word.startsWith('<<') && !isRemote(keyword, word));
}

function isRemote(keyword: string, word: string): boolean {
  return keyword === 'ADD' && /^([a-z][a-z0-9+.-]*:\/\/|git@)/i.test(word);
}

/** `RUN --mount=type=bind,source=x`: without a source it is the whole context. */
function mountSource(flag: string): readonly string[] {
  if (!flag.startsWith('--mount=')) return [];
  const fields = Object.fromEntries(
    flag
      .slice('--mount='.length)
      .split(',')
      .map((field) => {
        const [name = '', ...value] = field.split('=');
        return [name.toLowerCase(), value.join('=')];
      }),
  );
  if ((fields.type ?? 'bind') !== 'bind' || (fields.from ?? '') !== '') return [];
  return [fields.source ?? fields.src ?? '.'];
}

function jsonWords(rest: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(rest);
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  } catch {
    // A builder takes it for words, then.
  }
  return rest.split(/\s+/);
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/s, '$2');
}
