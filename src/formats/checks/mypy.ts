import { FindingList, type FindingReader } from './finding-reader.ts';

/** `src/a.py:3:12: error: message  [code]`; column and end are there on demand */
const error = /^([^\s:][^:]*):(\d+):(?:(\d+):)?(?:\d+:\d+:)? error: (.+)$/;
/** `src/a.py: error: message` */
const whole = /^([^\s:][^:]*\.pyi?): error: (.+)$/;
const code = / {2}\[[a-z][a-z0-9-]*\]$/;
/** So many lines does a message fill that is wrapped at the width of a terminal. */
const mostLines = 5;

interface Said {
  readonly file: string;
  readonly line?: string;
  readonly column?: string;
  readonly text: string;
}

/** Reads what mypy says, also with columns and with `--pretty`. Its notes belong to the error before them and are none. */
export function mypyReader(): FindingReader {
  const found = new FindingList('mypy');
  let open: { readonly said: Said; readonly rest: string[] } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { said, rest } = open;
    // What follows is the end of the message only where the code stands behind it.
    const isWrapped = code.test(rest.at(-1) ?? '');
    found.add({ ...said, text: isWrapped ? [said.text, ...rest].join(' ') : said.text });
    open = undefined;
  };
  return {
    line(text) {
      const said = saidIn(text);
      if (said !== undefined) {
        close();
        open = { said, rest: [] };
        return;
      }
      if (open === undefined) return;
      if (text === '' || /^\s/.test(text) || open.rest.length >= mostLines) return close();
      open.rest.push(text);
      if (code.test(text)) close();
    },
    end() {
      close();
      return found.all;
    },
  };
}

function saidIn(text: string): Said | undefined {
  const [, file, line, column, said] = error.exec(text) ?? [];
  if (file !== undefined && line !== undefined && said !== undefined) {
    return { file, line, ...(column === undefined ? {} : { column }), text: said };
  }
  const [, alone, what] = whole.exec(text) ?? [];
  return alone === undefined || what === undefined ? undefined : { file: alone, text: what };
}
