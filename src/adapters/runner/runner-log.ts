import type { Place } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { commandLine, inertLine } from './commands.ts';

const relayedLines = 400;

/** Tells a job's log what happens: groups, annotations, and the words of others so that they can command nothing. */
export function createRunnerLog(options: {
  readonly write: (text: string) => void;
  readonly random: Random;
  readonly verbose: boolean;
}): Log {
  const { write, random, verbose } = options;
  const said = new Map<string, string>();
  const line = (text: string): void => {
    for (const part of text.split('\n')) write(`${inertLine(part)}\n`);
  };
  const annotate =
    (name: string) =>
    (text: string, place?: Place): void => {
      write(commandLine(name, { file: place?.file, line: place?.line, col: place?.column }, text));
    };
  return {
    debug: (text) => {
      if (verbose) line(text);
    },
    info: line,
    notice: annotate('notice'),
    warning: annotate('warning'),
    error: annotate('error'),
    async group(title, body) {
      write(commandLine('group', {}, inertLine(title)));
      try {
        return await body();
      } finally {
        write('::endgroup::\n');
      }
    },
    relay(lines, title) {
      // Whoever would end the pause must guess this; it is in no environment and in no argument list.
      const token = random.hex(64);
      write(commandLine('group', {}, inertLine(title)));
      write(`::stop-commands::${token}\n`);
      for (const one of lines.slice(0, relayedLines)) line(`  ${one}`);
      if (lines.length > relayedLines) line(`  … ${lines.length - relayedLines} lines more`);
      write(`::${token}::\n`);
      write('::endgroup::\n');
    },
    task(key, state) {
      const text = `${key}: ${state.text}`;
      if (said.get(key) === text) return;
      said.set(key, text);
      line(text);
    },
  };
}
