import { FindingList, type FindingReader } from './finding-reader.ts';

/** One line of a traceback. */
interface Frame {
  readonly file: string;
  readonly line: string;
  /** What stands behind the place. */
  readonly text: string;
}

/** What pytest prints below the name of a test that failed. */
interface Section {
  readonly name: string;
  readonly frames: Frame[];
  message: string | undefined;
}

/** A line of the short summary. */
interface Entry {
  readonly file: string;
  readonly name: string | undefined;
  readonly isError: boolean;
  readonly message: string | undefined;
}

const block = /^={3,} (.*?) ={3,}$/;
const title = /^_{3,} (.+?) _{3,}$/;
const plainFrame = /^([^\s:][^:]*\.py):(\d+): ?(.*)$/;
const nativeFrame = /^\s+File "([^"]+)", line (\d+), in (.*)$/;
const mostKept = 1000;

/** Reads what pytest says of tests that failed, with any of its tracebacks; the line is the last one in the file of the test. */
export function pytestReader(): FindingReader {
  const sections: Section[] = [];
  const loose: Frame[] = [];
  const entries: Entry[] = [];
  let isFailures = false;
  let current: Section | undefined;
  return {
    line(text) {
      const [, heading] = block.exec(text) ?? [];
      if (heading !== undefined) {
        isFailures = heading === 'FAILURES' || heading === 'ERRORS';
        current = undefined;
        return;
      }
      if (!isFailures) {
        const entry = entryIn(text);
        if (entry !== undefined && entries.length < mostKept) entries.push(entry);
        return;
      }
      const [, name] = title.exec(text) ?? [];
      if (name !== undefined && sections.length < mostKept) {
        current = { name, frames: [], message: undefined };
        sections.push(current);
        return;
      }
      const frame = frameIn(text);
      const frames = current?.frames ?? loose;
      if (frame !== undefined && frames.length < mostKept) frames.push(frame);
      if (current !== undefined && /^E {3,}\S/.test(text)) current.message ??= text.slice(1).trim();
    },
    end: () => join(sections, loose, entries),
  };
}

function join(sections: readonly Section[], loose: readonly Frame[], entries: readonly Entry[]) {
  const found = new FindingList('pytest');
  const left = new Set(sections);
  for (const entry of entries) {
    const section = sectionOf(entry, [...left]);
    if (section !== undefined) left.delete(section);
    const frame = frameOf(entry, section, loose);
    const what = section?.message ?? entry.message ?? (entry.isError ? 'it could not be run' : 'it failed');
    const text = entry.name === undefined ? what : `${entry.name}: ${what}`;
    found.add({ file: entry.file, text, ...(frame === undefined ? {} : { line: frame.line }) });
  }
  // Without a short summary, which can be turned off, the tracebacks are all that there is.
  if (entries.length > 0) return found.all;
  for (const { name, frames, message } of sections) {
    const frame = frames.findLast(({ file }) => !file.startsWith('/')) ?? frames.at(-1);
    if (frame !== undefined) found.add({ ...frame, text: `${name}: ${message ?? 'it failed'}` });
  }
  return found.all;
}

/** `FAILED tests/test_a.py::TestC::test_m[2] - AssertionError: two` */
function entryIn(text: string): Entry | undefined {
  const [, kind, rest = ''] = /^(FAILED|ERROR) (\S.*)$/.exec(text) ?? [];
  const [id, message] = splitAtDash(rest);
  const [file = '', ...names] = id.split('::');
  if (kind === undefined || !file.endsWith('.py')) return undefined;
  return { file, name: names.length === 0 ? undefined : names.join('.'), isError: kind === 'ERROR', message };
}

/** The dash behind the name of a test; one within the values of its parameters is none. */
function splitAtDash(text: string): readonly [string, string | undefined] {
  const dash = text.indexOf(' - ');
  const bracket = text.indexOf('[');
  const isInside = bracket >= 0 && bracket < dash;
  const end = isInside ? text.indexOf('] - ', bracket) + 1 : dash;
  return end <= 0 ? [text, undefined] : [text.slice(0, end), text.slice(end + 3)];
}

function sectionOf({ file, name, isError }: Entry, sections: readonly Section[]): Section | undefined {
  const names = isError
    ? name === undefined
      ? [`ERROR collecting ${file}`]
      : [`ERROR at setup of ${name}`, `ERROR at teardown of ${name}`]
    : [name];
  const named = sections.filter((section) => names.includes(section.name));
  // Tests of several files may have one name.
  return named.find(({ frames }) => frames.some((frame) => isFile(frame, file))) ?? named[0];
}

function frameOf(entry: Entry, section: Section | undefined, loose: readonly Frame[]): Frame | undefined {
  const own = section?.frames.findLast((frame) => isFile(frame, entry.file));
  if (own !== undefined || entry.message === undefined) return own;
  // Without sections each failure is one line; the summary cuts its words at the width of the terminal.
  const words = entry.message.replace(/\.\.\.$/, '');
  return loose.find((frame) => isFile(frame, entry.file) && frame.text.startsWith(words));
}

function isFile(frame: Frame, file: string): boolean {
  return frame.file === file || frame.file.endsWith(`/${file}`);
}

function frameIn(text: string): Frame | undefined {
  const [, file, line, rest = ''] = plainFrame.exec(text) ?? nativeFrame.exec(text) ?? [];
  return file === undefined || line === undefined ? undefined : { file, line, text: rest };
}
