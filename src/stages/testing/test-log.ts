import { joinPath } from '../../domain/path.ts';
import type { Files } from '../../ports/files.ts';
import { KeptOutput } from './kept-output.ts';

const encoder = new TextEncoder();
const keptBytes = 16 * 1024 * 1024;

/** Where the log of an image lies, beside its store. No key has two dots in a row, so no store has this name. */
export function testLogFolder(storeFolder: string): string {
  return `${storeFolder}..logs`;
}

/** The file that everything goes to that the tests of an image print. */
export class TestLog {
  readonly #files: Files;
  readonly #path: string;
  readonly #output = new KeptOutput(keptBytes);

  constructor(files: Files, folder: string, name: string) {
    this.#files = files;
    this.#path = joinPath(folder, name);
  }

  /** An attempt begins, and has printed nothing. */
  begin(): void {
    this.#output.clear();
  }

  take(line: string): void {
    this.#output.add(line);
  }

  /** Writes down what the attempt printed, under a line that says what it was, and before one that says how it ended. */
  async end(title: string, ending: string): Promise<void> {
    const output = this.#output;
    const whole = async function* (): AsyncIterable<Uint8Array> {
      yield encoder.encode(`=== ${title}\n`);
      yield* output.content();
      yield encoder.encode(`=== ${ending}\n\n`);
    };
    await this.#files.append(this.#path, whole());
  }
}

/** Hears what a test prints: the log keeps it, and people see it live. */
export function heard(
  secrets: { clean(text: string): string },
  log: Pick<TestLog, 'take'>,
  live: { add(line: string): void },
): (printed: string) => void {
  return (printed) => {
    // Before anything is cut or kept: half of a secret is not recognised, and what is handed on may hold none.
    const line = secrets.clean(printed);
    log.take(line);
    live.add(line);
  };
}
