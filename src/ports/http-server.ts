/** A request as it reached our own server. */
export interface ServedRequest {
  readonly method: string;
  /** The path, still encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What our own server answers. */
export interface ServedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

/** A server that listens; disposing of it ends the open connections. */
export interface RunningServer extends AsyncDisposable {
  readonly port: number;
}

/** Listens on loopback only. */
export interface HttpServer {
  listen(handle: (request: ServedRequest) => Promise<ServedResponse>, port?: number): Promise<RunningServer>;
}
