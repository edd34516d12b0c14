import { distinctFindings, type Finding } from '../../domain/finding.ts';
import { mypyReader } from './mypy.ts';
import { pytestReader } from './pytest.ts';
import { ruffReader } from './ruff.ts';

/** A line that is longer than this is of no tool that we know. */
const longestLine = 2000;
/** Colours, which tools write where they are told to. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one.
const colour = /\u001b\[[0-9;:]*[A-Za-z]/g;

/** Reads the output of a script in which any of the tools may have run, line by line; it never throws. */
export function findingsReader(): { line(text: string): void; end(): readonly Finding[] } {
  const readers = [ruffReader(), mypyReader(), pytestReader()];
  return {
    line(text) {
      if (text.length > longestLine) return;
      const plain = text
        .replace(colour, '')
        .replace(/[\r\u2028\u2029]/g, ' ')
        .trimEnd();
      for (const reader of readers) reader.line(plain);
    },
    end: () => distinctFindings(readers.flatMap((reader) => reader.end())),
  };
}
