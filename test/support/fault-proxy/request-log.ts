import { closeSync, openSync, writeSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { Listener, RequestKind, RoutedRequest } from './routed-request.ts';

/** A request and what became of it. Secrets are not kept: of an authorization only its scheme. */
export interface LoggedRequest {
  readonly n: number;
  /** When its headers had come, in ISO 8601. */
  readonly at: string;
  readonly listener: Listener;
  readonly method: string;
  readonly path: string;
  readonly kind: RequestKind;
  readonly repository: string;
  readonly reference: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What was answered; nothing, where the connection was ended before. */
  status: number | undefined;
  /** The kind of the fault, `door` where it was not let in, `upstream` where that failed by itself. */
  fault: string | undefined;
  requestBytes: number;
  responseBytes: number;
  durationMs: number;
}

const keptHeaders = ['accept', 'content-length', 'content-range', 'content-type', 'if-match', 'if-none-match', 'range'];
const writingMethods = ['PUT', 'POST', 'PATCH', 'DELETE'];

/** Every request in the order in which they came, also those that are not answered yet. */
export class RequestLog implements Disposable {
  readonly entries: LoggedRequest[] = [];
  readonly #file: number | undefined;

  constructor(file: string | undefined) {
    this.#file = file === undefined ? undefined : openSync(file, 'w');
  }

  begin(request: RoutedRequest, headers: IncomingHttpHeaders): LoggedRequest {
    const { key: _, ...about } = request;
    const entry: LoggedRequest = {
      n: this.entries.length + 1,
      at: new Date().toISOString(),
      ...about,
      headers: kept(headers),
      ...{ status: undefined, fault: undefined, requestBytes: 0, responseBytes: 0, durationMs: 0 },
    };
    this.entries.push(entry);
    return entry;
  }

  end(entry: LoggedRequest): void {
    entry.durationMs = Date.now() - Date.parse(entry.at);
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** Requests that mean to change something in the registry, whatever came of them. */
  writes(): readonly LoggedRequest[] {
    return this.entries.filter(({ method, kind }) => writingMethods.includes(method) && kind !== 'token');
  }

  of(kind: RequestKind, method?: string): readonly LoggedRequest[] {
    return this.entries.filter((entry) => entry.kind === kind && (method === undefined || entry.method === method));
  }

  /** All of it as JSON lines. */
  text(): string {
    return this.entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function kept(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const scheme = headers.authorization?.split(' ')[0];
  const found = keptHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, `${headers[name]}`]]));
  return Object.fromEntries(scheme === undefined ? found : [['authorization', scheme], ...found]);
}
