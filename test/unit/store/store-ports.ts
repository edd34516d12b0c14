import type { Files } from '../../../src/ports/files.ts';
import type { Processes } from '../../../src/ports/processes.ts';
import type { StorePorts } from '../../../src/store/store.ts';
import { fakeProcesses } from '../../support/fake-processes.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

/** Ports for a store on a disk in memory; time stands still unless a test moves it, and waiting only lets others go on. */
export function storePorts(
  files: Files = createMemoryFiles(),
  now: () => number = () => 1_000_000,
  processes: Processes = fakeProcesses(),
): StorePorts {
  let made = 0;
  return {
    files: unhurried(files),
    processes,
    clock: { now: () => new Date(now()), sleep: pause },
    random: {
      hex: (digits) => {
        made += 1;
        return made.toString(16).padStart(digits, '0').slice(-digits);
      },
    },
  };
}

/** Lets all other work go on for a moment. */
export function pause(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

/** A disk that lets others go on within each call, as a real one does, so that what needs a lock shows it. */
function unhurried(files: Files): Files {
  return {
    ...files,
    async facts(path) {
      await pause();
      return files.facts(path);
    },
    async readText(path) {
      await pause();
      return files.readText(path);
    },
    async write(path, content) {
      await pause();
      await files.write(path, content);
    },
    async create(path, content) {
      await pause();
      return files.create(path, content);
    },
    async remove(path) {
      await pause();
      await files.remove(path);
    },
  };
}

/** All bytes of a content. */
export async function collect(content: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  if (content === undefined) throw new Error('there is no content');
  if (content instanceof Uint8Array) return Buffer.from(content);
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}
