import { posix } from 'node:path';
import { ToolError } from '../../src/domain/errors.ts';
import type { FileFacts, Files } from '../../src/ports/files.ts';

type Node =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly modified: Date }
  | { readonly kind: 'folder'; readonly modified: Date }
  | { readonly kind: 'link'; readonly target: string; readonly modified: Date };

const { dirname, join, resolve } = posix;
const mostLinks = 40;

/** A disk in memory, with this text at these paths; it behaves as the real one does. `now` dates what is written. */
export function createMemoryFiles(
  initial: Readonly<Record<string, string>> = {},
  now: () => Date = () => new Date(),
): Files {
  const nodes = new Map<string, Node>([['/', { kind: 'folder', modified: now() }]]);
  let temps = 0;

  /** The path with the links of its folders followed, and that of its last name if `last`; absent where one leads nowhere. */
  const follow = (path: string, last: boolean): string | undefined => {
    const pending = resolve('/', path).split('/').filter(Boolean);
    let at = '/';
    for (let links = 0; pending.length > 0; ) {
      const next = join(at, pending.shift() ?? '');
      const node = nodes.get(next);
      const isLast = pending.length === 0;
      if (node?.kind === 'link' && (last || !isLast)) {
        links += 1;
        if (links > mostLinks) throw failed('file-failed', path, 'the links go in circles');
        pending.unshift(...resolve(at, node.target).split('/').filter(Boolean));
        at = '/';
      } else if (node === undefined && !isLast) return undefined;
      else if (node?.kind === 'file' && !isLast) return undefined;
      else at = next;
    }
    return at;
  };
  const find = (path: string, last: boolean): Node | undefined => {
    const real = follow(path, last);
    return real === undefined ? undefined : nodes.get(real);
  };
  const makeFolder = (path: string): string => {
    const whole = resolve('/', path);
    if (whole === '/') return whole;
    const real = join(makeFolder(dirname(whole)), posix.basename(whole));
    const target = follow(real, true) ?? real;
    const node = nodes.get(target);
    if (node === undefined) nodes.set(target, { kind: 'folder', modified: now() });
    else if (node.kind !== 'folder') throw failed('file-failed', path, 'it is a file');
    return target;
  };
  /** Where a new name goes, its folder made. */
  const place = (path: string): string => join(makeFolder(dirname(resolve('/', path))), posix.basename(path));
  const put = (path: string, bytes: Uint8Array): void => {
    const at = place(path);
    if (nodes.get(at)?.kind === 'folder') throw failed('file-failed', path, 'it is a folder');
    nodes.set(at, { kind: 'file', bytes, modified: now() });
  };
  const readBytes = async (path: string): Promise<Uint8Array | undefined> => {
    const node = find(path, true);
    if (node === undefined) return undefined;
    if (node.kind !== 'file') throw failed('file-failed', path, 'it is a folder');
    return node.bytes;
  };
  const below = (path: string): string[] => {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...nodes.keys()].filter((key) => key !== '/' && key.startsWith(prefix));
  };
  const remove = async (path: string): Promise<void> => {
    const real = follow(path, false);
    if (real !== undefined) for (const key of [real, ...below(real)]) nodes.delete(key);
  };

  for (const [path, text] of Object.entries(initial)) put(path, Buffer.from(text));
  return {
    readBytes,
    async readText(path) {
      const bytes = await readBytes(path);
      return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
    },
    async readStream(path, range) {
      const bytes = await readBytes(path);
      if (bytes === undefined) return undefined;
      return stream(range === undefined ? bytes : bytes.subarray(range.start, range.start + range.size));
    },
    async readFleeting(path) {
      const bytes = await readBytes(path);
      return bytes === undefined ? undefined : fleeting(bytes);
    },
    async entry(path) {
      const node = find(path, false);
      if (node === undefined) return undefined;
      const isSmall = node.kind === 'file' && node.bytes.length > 0 && node.bytes.length <= 256 * 1024;
      return { facts: factsOf(node), bytes: isSmall ? node.bytes.slice() : undefined };
    },
    async facts(path) {
      const node = find(path, false);
      return node === undefined ? undefined : factsOf(node);
    },
    async list(path) {
      const real = follow(path, true);
      if (real === undefined || nodes.get(real)?.kind !== 'folder') return [];
      const names = below(real).filter((key) => dirname(key) === real);
      return names.sort().map((key) => ({ name: posix.basename(key), kind: nodes.get(key)?.kind ?? 'other' }));
    },
    async linkTarget(path) {
      const node = find(path, false);
      if (node === undefined) return undefined;
      if (node.kind !== 'link') throw failed('file-failed', path, 'it is no link');
      return node.target;
    },
    async realPath(path) {
      const real = follow(path, true);
      return real !== undefined && nodes.has(real) ? real : undefined;
    },
    async write(path, content) {
      put(path, await whole(content));
    },
    async append(path, content) {
      const added = await whole(content);
      const at = follow(place(path), true) ?? place(path);
      put(at, Buffer.concat([(await readBytes(at)) ?? new Uint8Array(), added]));
    },
    async create(path, content) {
      if (nodes.has(place(path))) return false;
      put(path, Buffer.from(content));
      return true;
    },
    async makeFolder(path) {
      makeFolder(path);
    },
    async makeLink(path, target) {
      const at = place(path);
      if (nodes.has(at)) throw failed('file-failed', path, 'it exists');
      nodes.set(at, { kind: 'link', target, modified: now() });
    },
    async move(from, to) {
      const source = follow(from, false);
      if (source === undefined || !nodes.has(source)) throw failed('file-missing', from, 'it does not exist');
      const target = place(to);
      if (below(target).length > 0) throw failed('file-failed', from, 'the folder to replace is not empty');
      for (const key of [source, ...below(source)]) {
        const node = nodes.get(key);
        nodes.delete(key);
        if (node !== undefined) nodes.set(target + key.slice(source.length), node);
      }
    },
    remove,
    async tempFolder(prefix, parent = '/tmp') {
      temps += 1;
      const path = makeFolder(join(parent, `${prefix}${String(temps).padStart(6, '0')}`));
      let stays = false;
      return {
        path,
        stay: () => {
          stays = true;
        },
        [Symbol.asyncDispose]: async () => (stays ? undefined : remove(path)),
      };
    },
    freeBytes: async () => 1024 ** 4,
  };
}

function factsOf(node: Node): FileFacts {
  const { kind, modified } = node;
  const size = node.kind === 'link' ? node.target.length : node.kind === 'file' ? node.bytes.length : 0;
  return { kind, size, executable: false, modified };
}

async function* stream(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

const fleetingBytes = 100;

/** Meaner than any disk: of all pieces there are only ever two. */
async function* fleeting(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  let [older, newer] = [new Uint8Array(fleetingBytes), new Uint8Array(fleetingBytes)];
  for (let at = 0; at < bytes.length; at += fleetingBytes) {
    const piece = bytes.subarray(at, at + fleetingBytes);
    [older, newer] = [newer, older];
    newer.set(piece);
    yield newer.subarray(0, piece.length);
  }
}

async function whole(content: string | Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (typeof content === 'string') return Buffer.from(content);
  // A copy: what the caller changes later is not on the disk.
  if (content instanceof Uint8Array) return Uint8Array.from(content);
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

function failed(code: string, where: string, what: string): ToolError {
  return new ToolError({ code, what, where, state: 'the file is as it was before', next: 'check the path' });
}
