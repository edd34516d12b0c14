import { once } from 'node:events';
import { createServer } from 'node:net';
import { LabError } from './lab-error.ts';

/** A loopback port nobody listens on: the wanted one if it is free, so that references survive a restart. */
export async function freePort(wanted?: number): Promise<number> {
  return (wanted === undefined ? undefined : await tryPort(wanted)) ?? (await tryPort(0)) ?? noPort();
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  } catch {
    return undefined;
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

function noPort(): never {
  throw new LabError('there is no free port on 127.0.0.1');
}
