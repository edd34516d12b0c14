/**
 * What a workflow runner makes of the output of a step: a port of its two parsers of commands
 * (https://github.com/actions/runner, ActionCommand.cs and ActionCommandManager.cs), of the line reader of .NET that
 * feeds them, and of how it masks secrets.
 */

/** A command that the runner found. */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
  /** The line it was found in. */
  readonly line: string;
}

/** What a runner saw in a text: commands that it obeys, and lines that are only shown. */
export interface RunnerReading {
  readonly commands: readonly RunnerCommand[];
  readonly shown: readonly string[];
  /** Commands were paused at the end, so that no later one would be obeyed. */
  readonly isPaused: boolean;
}

const commandNames = [
  'internal-set-repo-path',
  'set-env',
  'set-output',
  'save-state',
  'add-path',
  'add-mask',
  'add-matcher',
  'remove-matcher',
  'debug',
  'notice',
  'warning',
  'error',
  'group',
  'endgroup',
  'echo',
  'stop-commands',
] as const;

/** Char.IsWhiteSpace of .NET. */
const blanks = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Reads a text as the runner does. */
export function runnerReads(text: string): RunnerReading {
  const registered = new Set<string>(commandNames);
  const commands: RunnerCommand[] = [];
  const shown: string[] = [];
  let token: string | undefined;
  for (const line of linesOf(text)) {
    const command = parseColons(line, registered) ?? parseBrackets(line, registered);
    const name = command?.name.toLowerCase();
    if (command === undefined || (token !== undefined && name !== token)) {
      shown.push(line);
      continue;
    }
    commands.push(command);
    if (token !== undefined) {
      registered.delete(token);
      token = undefined;
    } else if (name === 'stop-commands' && isStopToken(command.data, registered)) {
      token = command.data.toLowerCase();
      registered.add(token);
    }
  }
  return { commands, shown, isPaused: token !== undefined };
}

/** The outputs of a job as later jobs get them: one that holds a registered secret arrives empty. */
export function outputsAfterMasking(
  outputs: Readonly<Record<string, string>>,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const forms = secrets.flatMap(secretForms);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, forms.some((form) => value.includes(form)) ? '' : value]),
  );
}

/** StreamReader.ReadLine of .NET: a lone carriage return ends a line too. */
function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** `::name key=value,key=value::data`, after any blanks. */
function parseColons(line: string, registered: ReadonlySet<string>): RunnerCommand | undefined {
  const message = line.replace(blanks, '');
  if (!message.startsWith('::')) return undefined;
  const end = message.indexOf('::', 2);
  if (end < 0) return undefined;
  const data = message.slice(end + 2);
  return commandOf(line, message.slice(2, end), { separator: ',', data: unescapeData(data) }, registered);
}

/** The older `##[name key=value;key=value]data`, anywhere in a line. */
function parseBrackets(line: string, registered: ReadonlySet<string>): RunnerCommand | undefined {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return undefined;
  return commandOf(line, line.slice(start + 3, end), { separator: ';', data: line.slice(end + 1) }, registered);
}

function commandOf(
  line: string,
  info: string,
  rest: { readonly separator: string; readonly data: string },
  registered: ReadonlySet<string>,
): RunnerCommand | undefined {
  const space = info.indexOf(' ');
  const name = space < 0 ? info : info.slice(0, space);
  if (!registered.has(name.toLowerCase())) return undefined;
  const pairs = space < 0 ? [] : info.slice(space + 1).split(rest.separator);
  const properties = pairs.flatMap((pair): [string, string][] => {
    const [key = '', ...value] = pair.trim().split('=');
    return key === '' || value.length === 0 ? [] : [[key, unescapeProperty(value.join('='))]];
  });
  return { name, properties: Object.fromEntries(properties), data: rest.data, line };
}

/** A name of a command, or none at all, does not pause. */
function isStopToken(token: string, registered: ReadonlySet<string>): boolean {
  return token !== '' && token.toLowerCase() !== 'pause-logging' && !registered.has(token.toLowerCase());
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  const plain = text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%3A', ':').replaceAll('%2C', ',');
  return plain.replaceAll('%25', '%');
}

/** The forms of a secret that the runner looks for: as it is, and as JSON, an address or base64 would hold it. */
function secretForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // What stands around it shifts its base64: its first bytes and its last character belong to its neighbours then.
  const shifted = [0, 1, 2].map((skipped) =>
    bytes.subarray(skipped).toString('base64').replace(/=+$/, '').slice(0, -1),
  );
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...shifted];
  return forms.filter((form) => form.length > 3 || form === secret);
}
