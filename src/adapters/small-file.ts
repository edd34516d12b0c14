import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/**
 * A look at the disk and a small file take some microseconds; the way through a thread and back takes ten times that,
 * which a set of thousands of images would wait for. What is larger goes that way.
 */
const smallBytes = 256 * 1024;

/** What one opening of a file tells. */
export interface SmallFile {
  readonly stats: Stats;
  /** Absent where it is no file, or not small. */
  readonly bytes: Buffer | undefined;
}

/** Opens a file once for all that is to be known of it; a named pipe without a writer does not hold anybody up. */
export function readSmallFile(path: string, links: 'follow' | 'refuse'): SmallFile {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const file = openSync(path, O_RDONLY | O_NONBLOCK | (links === 'refuse' ? O_NOFOLLOW : 0));
  try {
    const stats = fstatSync(file);
    // Files of the system say that they are empty, and are not.
    const isSmall = stats.isFile() && stats.size > 0 && stats.size <= smallBytes;
    return { stats, bytes: isSmall ? readAll(file, stats.size) : undefined };
  } finally {
    closeSync(file);
  }
}

function readAll(file: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const read = readSync(file, bytes, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}
