import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

/** A file in an archive; `mode` with the kind of a file in it, as Unix has it. */
export interface ArchivedFile {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  readonly mode?: number;
}

/** The artifacts of one run, in memory, behind the service that the toolkit of actions talks to. */
export interface ArtifactService extends AsyncDisposable {
  /** What a step finds it by. */
  readonly env: Readonly<Record<string, string>>;
  /** The names of what is there, sorted. */
  names(): readonly string[];
  /** Puts an artifact there, or another in its place. */
  put(name: string, files: readonly ArchivedFile[]): void;
  remove(name: string): void;
  /** The files of an artifact, by name. */
  filesOf(name: string): ReadonlyMap<string, Buffer>;
  /** From now on these calls are refused. */
  refuse(...methods: readonly string[]): void;
  /** What was asked of it, in order: `CreateArtifact slipway-plan`. */
  readonly calls: readonly string[];
}

interface Artifact {
  readonly id: number;
  readonly bytes: Buffer;
}

/** Serves the artifacts of a run on a free port. */
export async function openArtifacts(): Promise<ArtifactService> {
  const run = randomUUID();
  const job = randomUUID();
  const artifacts = new Map<string, Artifact>();
  const blocks = new Map<string, Map<string, Buffer>>();
  const uploads = new Map<string, Buffer>();
  const refused = new Set<string>();
  const calls: string[] = [];
  let lastId = 0;
  const store = (name: string, bytes: Buffer): number => {
    lastId += 1;
    artifacts.set(name, { id: lastId, bytes });
    return lastId;
  };

  const answer = (method: string, body: Readonly<Record<string, unknown>>, origin: string): object => {
    const name = textOf(body.name);
    const url = `${origin}/blob/${encodeURIComponent(name)}?sig=${randomUUID()}`;
    switch (method) {
      case 'CreateArtifact':
        if (artifacts.has(name)) throw new Refusal(409, 'an artifact of this name already exists on the workflow run');
        return { ok: true, signed_upload_url: url };
      case 'FinalizeArtifact':
        return { ok: true, artifact_id: String(store(name, uploads.get(name) ?? Buffer.alloc(0))) };
      case 'ListArtifacts': {
        const wantedName = textOf(body.name_filter);
        const wantedId = textOf(body.id_filter);
        const found = [...artifacts].filter(
          ([one, { id }]) => (wantedName === '' || wantedName === one) && (wantedId === '' || wantedId === String(id)),
        );
        const listed = found.map(([one, { id, bytes }]) => ({
          workflow_run_backend_id: run,
          workflow_job_run_backend_id: job,
          database_id: String(id),
          name: one,
          size: String(bytes.length),
        }));
        return { artifacts: listed };
      }
      case 'GetSignedArtifactURL':
        return { name, signed_url: url };
      case 'DeleteArtifact': {
        const id = artifacts.get(name)?.id ?? 0;
        artifacts.delete(name);
        return { ok: true, artifact_id: String(id) };
      }
      default:
        throw new Refusal(404, `no method ${method}`);
    }
  };

  const blob = (request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): void => {
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    if (request.method === 'GET') {
      const found = artifacts.get(name);
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/zip' }).end(found?.bytes);
      return;
    }
    const pieces = blocks.get(name) ?? new Map<string, Buffer>();
    blocks.set(name, pieces);
    if (url.searchParams.get('comp') === 'block') pieces.set(url.searchParams.get('blockid') ?? '', body);
    else if (url.searchParams.get('comp') === 'blocklist') {
      const ids = [...body.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map((match) => match[1] ?? '');
      uploads.set(name, Buffer.concat(ids.map((id) => pieces.get(id) ?? Buffer.alloc(0))));
      blocks.delete(name);
    } else uploads.set(name, body);
    response.writeHead(201).end();
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    void bodyOf(request).then((body) => {
      if (url.pathname.startsWith('/blob/')) return blob(request, url, body, response);
      const method = url.pathname.split('/').at(-1) ?? '';
      const given: Readonly<Record<string, unknown>> = JSON.parse(body.toString());
      calls.push(`${method} ${textOf(given.name)}`.trim());
      try {
        if (refused.has(method)) throw new Refusal(403, 'this token may not');
        const answered = JSON.stringify(answer(method, given, url.origin));
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(answered);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        response.writeHead(error.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ code: 'refused', msg: error.message }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the service of artifacts has no port');
  const claims = Buffer.from(JSON.stringify({ scp: `Actions.Results:${run}:${job}` })).toString('base64url');
  return {
    env: {
      ACTIONS_RESULTS_URL: `http://127.0.0.1:${address.port}/`,
      ACTIONS_RUNTIME_TOKEN: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.made`,
    },
    names: () => [...artifacts.keys()].sort(),
    put: (name, files) => void store(name, archiveOf(files)),
    remove: (name) => void artifacts.delete(name),
    filesOf: (name) => filesIn(artifacts.get(name)?.bytes ?? Buffer.alloc(0)),
    refuse: (...methods) => {
      for (const method of methods) refused.add(method);
    },
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A zip archive, written here so that it can hold what no honest tool would write. */
function archiveOf(files: readonly ArchivedFile[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, mode = 0o100644 } of files) {
    const content = Buffer.from(bytes);
    const packed = deflateRawSync(content);
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(mode * 0x1_0000, 6);
    tail.writeUInt32LE(offset, 10);
    // 3 in the high byte: made on Unix, so that the mode counts.
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, tail, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, list, end]);
}

/** Reads an archive by its central list, as everybody does who unpacks one. */
export function filesIn(archive: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0) throw new Error('there is no such archive');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const name = archive.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20));
    files.set(name, archive.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed));
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return files;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** A field, in either of the two forms in which the wire has it. */
function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'value' in value) return String(value.value);
  return value === undefined || value === null ? '' : String(value);
}
