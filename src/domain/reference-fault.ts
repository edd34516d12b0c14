import { characterAt, counted, type Fault, shownText } from './shown-text.ts';

const usual = 'name it like ghcr.io/owner/image:tag';
const lowerCase = 'write it in lower case';
/** Longer than a host, a path, a tag and a digest together can be: what is so long is not looked at further. */
const maxReferenceLength = 1024;
const schemePattern = /^[a-z][a-z0-9+.-]{0,30}:\/\//i;
const credentials = /^([a-z][a-z0-9+.-]{0,30}:\/\/)?[\s\S]*@(?!sha\d+:)/i;

/** What is wrong with the form of a text as a whole: nothing in it, a scheme, a user name. */
export function formFault(text: string): Fault | undefined {
  if (text === '') return { why: 'it is empty', next: usual };
  if (text.length > maxReferenceLength) {
    return { why: `it has ${text.length} characters, and no reference has so many`, next: usual };
  }
  const [scheme] = schemePattern.exec(text) ?? [];
  if (scheme !== undefined) {
    return { why: `it begins with the scheme ${shownText(scheme)}`, next: `leave the scheme out: ${usual}` };
  }
  if (/^\[[^/]*$/.test(text))
    return { why: 'it names a host and no image', next: 'write "/" and the image after the host' };
  const at = text.indexOf('@');
  if (at < 0 || !isBeforeHost(text, at)) return undefined;
  return { why: `${characterAt(text, at)} ends a user name`, next: 'leave the user name out, and sign in instead' };
}

/** A text in quotes, without what may be a user name and a password. */
export function shownWithoutPassword(text: string): string {
  const at = text.indexOf('@');
  if (at < 0 || !isBeforeHost(text, at)) return shownText(text);
  return shownText(text.replace(credentials, '$1…@'));
}

function isBeforeHost(text: string, at: number): boolean {
  const rest = text.slice(at + 1, at + 300);
  if (/^sha\d+:/i.test(rest)) return false;
  const isAddress = schemePattern.test(text) || rest.includes('/');
  // A name with a dot after it is a host; what looks like digits of a digest is a digest that was cut.
  return isAddress || (/^[^:]*[^0-9a-f:]/i.test(rest) && rest.includes('.'));
}

/** What is wrong with the tag that a text has between two places. */
export function tagFault(text: string, start: number, end: number): Fault {
  const tag = text.slice(start, end);
  const next = 'use up to 128 letters, digits, ".", "_" and "-", beginning with none of "." and "-"';
  if (tag === '') return { why: 'it is empty', next };
  const bad = tag.search(/[^A-Za-z0-9._-]/);
  if (bad >= 0) return { why: `${characterAt(text, start + bad)} may not stand in a tag`, next };
  if (/^[.-]/.test(tag)) return { why: `a tag may not begin with ${characterAt(text, start)}`, next };
  return { why: `the tag has ${counted(tag.length, 'character')}, ${tag.length - 128} too many`, next };
}

/** What is wrong with the host, and its port, that a text has before a place. */
export function hostFault(text: string, end: number, maxLength: number): Fault | undefined {
  const host = text.slice(0, end);
  const isAddress = host.startsWith('[');
  const close = host.indexOf(']');
  if (isAddress && close < 0)
    return { why: `${characterAt(text, 0)} is not closed`, next: 'write "]" after the address' };
  const colon = host.indexOf(':', isAddress ? close : 0);
  const nameEnd = isAddress ? close + 1 : colon < 0 ? end : colon;
  const name = host.slice(0, nameEnd);
  const fault = isAddress ? addressFault(text, name) : nameFault(text, name, maxLength);
  if (fault !== undefined || nameEnd === end) return fault ?? spellingFault(name);
  if (host.charAt(nameEnd) !== ':') {
    return { why: `${characterAt(text, nameEnd)} may not stand after "]"`, next: 'write ":" and the port, or "/"' };
  }
  return portFault(text, nameEnd + 1, end) ?? spellingFault(name);
}

function addressFault(text: string, name: string): Fault | undefined {
  const bad = name.slice(1, -1).search(/[^0-9a-fA-F:.]/);
  if (bad < 0) return undefined;
  return { why: `${characterAt(text, bad + 1)} may not stand in an IPv6 address`, next: 'write it like [::1]:5000' };
}

function nameFault(text: string, name: string, maxLength: number): Fault | undefined {
  const next = 'write letters, digits and "-", with a "." between the parts of the name';
  if (name === '') return { why: `nothing stands before ${characterAt(text, 0)}`, next: 'write the host before it' };
  const bad = name.search(/[^A-Za-z0-9.-]/);
  if (bad >= 0) {
    const ascii = asciiForm(name);
    const why = `${characterAt(text, bad)} may not stand in a host`;
    return { why, next: ascii === undefined ? next : `write the host as ${ascii}` };
  }
  if (name.length > maxLength) {
    return { why: `the host has ${counted(name.length, 'character')}, ${name.length - maxLength} too many`, next };
  }
  let start = 0;
  for (const part of name.split('.')) {
    const last = start + part.length;
    if (part === '') return emptyPart(text, start === name.length ? start - 1 : start, 'host', next);
    if (part.startsWith('-')) return { why: `no part of a host begins with ${characterAt(text, start)}`, next };
    if (part.endsWith('-')) return { why: `no part of a host ends with ${characterAt(text, last - 1)}`, next };
    if (part.length > 63) {
      return { why: `a part of the host has ${part.length} characters, ${part.length - 63} too many`, next };
    }
    start = last + 1;
  }
  return undefined;
}

function portFault(text: string, start: number, end: number): Fault | undefined {
  const port = text.slice(start, end);
  const next = 'write a port from 1 to 65535, or leave the ":" out';
  if (port === '') return { why: `no port stands after ${characterAt(text, start - 1)}`, next };
  const bad = port.search(/[^0-9]/);
  if (bad >= 0) return { why: `${characterAt(text, start + bad)} is no digit of a port`, next };
  if (/^0+[1-9]/.test(port)) return { why: `the port begins with ${characterAt(text, start)}`, next };
  const shown = port.length > 20 ? `${port.slice(0, 20)}…` : port;
  return Number(port) >= 1 && Number(port) <= 65535 ? undefined : { why: `the port ${shown} is out of range`, next };
}

/** A host that the grammar allows, and that an address cannot hold or holds in another spelling. */
function spellingFault(name: string): Fault | undefined {
  const lower = name.toLowerCase();
  const ascii = asciiForm(lower);
  if (ascii === lower) return undefined;
  const next = ascii === undefined ? 'write the name or the address of a registry' : `write the host as ${ascii}`;
  if (ascii !== undefined) return { why: `${shownText(name)} is another spelling of the host ${ascii}`, next };
  return { why: `${shownText(name)} is no ${name.startsWith('[') ? 'IPv6 address' : 'host'}`, next };
}

/** How an address writes a host, if it can: `xn--bcher-kva.example`. */
function asciiForm(name: string): string | undefined {
  if (name.length > 1000 || /[\s/\\?#@:]/.test(name.replace(/^\[.*\]$/, ''))) return undefined;
  const address = `http://${name}/`;
  const host = URL.canParse(address) ? new URL(address).hostname : '';
  return /^[a-z0-9.-]*[a-z0-9]$|^\[[0-9a-f:]+\]$/.test(host) ? host : undefined;
}

/** What is wrong with the path that a text has between two places; `path` is the one that it stands for. */
export function pathFault(
  text: string,
  start: number,
  end: number,
  canonical: { readonly path: string; readonly maxPathLength: number },
): Fault {
  const written = text.slice(start, end);
  const next = 'write lower case letters and digits, and between them ".", "_", "__", "-" or "/"';
  if (written === '' && start === 0) return { why: `nothing stands before ${characterAt(text, end)}`, next: usual };
  if (written === '') return { why: `no image stands after ${characterAt(text, start - 1)}`, next: usual };
  const bad = written.search(/[^a-z0-9._/-]/);
  if (bad >= 0) {
    const culprit = characterAt(text, start + bad);
    if (/[A-Z]/.test(written.charAt(bad))) return { why: `${culprit} is an upper case letter`, next: lowerCase };
    return { why: `${culprit} may not stand in a repository`, next };
  }
  const { path, maxPathLength } = canonical;
  if (path.length > maxPathLength) {
    const what = path === written ? 'the repository' : `the repository, with library/ before it,`;
    return {
      why: `${what} has ${path.length} characters, ${path.length - maxPathLength} too many`,
      next: 'shorten it',
    };
  }
  return structureFault(text, start, written, next);
}

/** Letters and digits are there, so it is what stands between them. */
function structureFault(text: string, start: number, path: string, next: string): Fault {
  let at = start;
  for (const part of path.split('/')) {
    const last = at + part.length;
    if (part === '') return emptyPart(text, at === start + path.length ? at - 1 : at, 'repository', next);
    if (/^[._-]/.test(part)) return { why: `no part of a repository begins with ${characterAt(text, at)}`, next };
    if (/[._-]$/.test(part)) return { why: `no part of a repository ends with ${characterAt(text, last - 1)}`, next };
    for (const { 0: run, index } of part.matchAll(/[._-]+/g)) {
      const good = /^(?:\.|__?|-+)/.exec(run)?.[0].length ?? 0;
      if (good < run.length) return { why: `${characterAt(text, at + index + good)} follows another separator`, next };
    }
    at = last + 1;
  }
  throw new Error(`no fault in the path ${shownText(path)}`);
}

function emptyPart(text: string, index: number, whole: string, next: string): Fault {
  return { why: `${characterAt(text, index)} leaves a part of the ${whole} empty`, next };
}
