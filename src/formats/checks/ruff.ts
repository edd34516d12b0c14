import { FindingList, type FindingReader } from './finding-reader.ts';

const rule = String.raw`(?:[A-Z]{1,8}\d{1,4}|[a-z]+(?:-[a-z]+)*:|SyntaxError:)`;
/** `src/a.py:1:8: F401 [*] message` */
const concise = new RegExp(String.raw`^([^\s:][^:]*):(\d+):(\d+): (${rule} .+)$`);
/** `F401 [*] message`, whose place is in the line after it */
const head = new RegExp(`^${rule} .+$`);
const place = /^ *--> ([^\s:][^:]*):(\d+):(\d+)$/;
/** `::error title=ruff (F401),file=/checkout/src/a.py,line=1,col=8::message` */
const command = /^::(?:error|warning|notice) title=ruff[^:]*?,file=([^,:]+),line=(\d+)[^:]*::(.*)$/i;
const reformat = /^would reformat:? ([^\s:].*)$/i;

/** Reads what ruff says, in its formats `full`, `concise` and `github`, and of `ruff format --check`. */
export function ruffReader(): FindingReader {
  const found = new FindingList('ruff');
  let pending: string | undefined;
  return {
    line(text) {
      const [, at, atLine, atColumn] = place.exec(text) ?? [];
      if (pending !== undefined && at !== undefined) {
        found.add({ file: at, text: plain(pending), ...given(atLine, atColumn) });
      }
      pending = head.test(text) ? text : undefined;
      const [, file, line, column, said] = concise.exec(text) ?? [];
      // Of a type checker, which writes its places in the same way, the words are `error:` and `note:`.
      if (file !== undefined && said !== undefined && !/^(?:error|warning|note): /.test(said)) {
        found.add({ file, text: plain(said), ...given(line, column) });
      }
      const [, commanded, commandedLine, message] = command.exec(text) ?? [];
      if (commanded !== undefined && message !== undefined) {
        found.add({ file: decoded(commanded), text: plain(withoutPlace(message)), ...given(commandedLine) });
      }
      const [, unformatted] = reformat.exec(text) ?? [];
      if (unformatted !== undefined) found.add({ file: unformatted, text: 'it would be reformatted' });
    },
    end: () => found.all,
  };
}

function given(line: string | undefined, column?: string): { readonly line?: string; readonly column?: string } {
  return { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}

/** Whether something can be mended by the tool says nothing about the place. */
function plain(text: string): string {
  return text.replace(' [*] ', ' ');
}

/** A message for the runner begins with the place, and has what helps behind it. */
function withoutPlace(message: string): string {
  const [first = ''] = decoded(message).split('\n');
  return first.replace(/^[^:]+:\d+:\d+: /, '');
}

function decoded(text: string): string {
  const signs: Readonly<Record<string, string>> = { '%0A': '\n', '%0D': '\r', '%3A': ':', '%2C': ',', '%25': '%' };
  return text.replace(/%(?:0A|0D|3A|2C|25)/g, (code) => signs[code] ?? code);
}
