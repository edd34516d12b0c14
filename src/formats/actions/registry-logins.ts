import { z } from 'zod';

/** A sign-in to one registry, as an input gives it. */
export interface RegistryLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** What is wrong is told by its place: its text may be a secret. */
export type ReadLogins = { readonly logins: readonly RegistryLogin[] } | { readonly fault: string };

const Login = z.object({ username: z.string().min(1), password: z.string().min(1) });
const byHost = z.record(z.string(), Login);
const list = z.array(Login.extend({ host: z.string().min(1) }));

/** Reads sign-ins: `HOST USER PASSWORD` on each line, or JSON, `{"HOST": {"username": …, "password": …}}` or a list with `host`. */
export function readRegistryLogins(text: string): ReadLogins {
  const trimmed = text.trim();
  return /^[[{]/.test(trimmed) ? readJsonLogins(trimmed) : readLines(trimmed);
}

function readLines(text: string): ReadLogins {
  const logins: RegistryLogin[] = [];
  for (const [place, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    // The rest of the line is the password, whatever is in it.
    const [, host, username, password] = /^\s*(\S+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line) ?? [];
    if (host === undefined || username === undefined || password === undefined)
      return { fault: `line ${place + 1} is not HOST USER PASSWORD` };
    logins.push({ host, username, password });
  }
  return { logins };
}

function readJsonLogins(text: string): ReadLogins {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'it begins like JSON, and is none' };
  }
  const named = byHost.safeParse(value);
  if (named.success) return { logins: Object.entries(named.data).map(([host, login]) => ({ host, ...login })) };
  const listed = list.safeParse(value);
  if (listed.success) return { logins: listed.data };
  return { fault: 'its JSON is not {"HOST": {"username": …, "password": …}}, nor a list of these with "host"' };
}

/** All in such a text that must not be seen, also where it cannot be read. */
export function secretsInLogins(text: string): readonly string[] {
  const read = readRegistryLogins(text);
  if ('logins' in read) return read.logins.map(({ password }) => password);
  return text
    .split(/\r?\n/)
    .flatMap((line) => [line.trim(), ...line.split(/[\s"']+/).filter((word) => word.length > 5)]);
}
