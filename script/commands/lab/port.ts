import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { LabError } from './lab-error.ts';

/** Below the ports that connections are given: one of those would often be taken again before a program listens on it. */
const listening = { from: 20_000, to: 32_000 };
const tries = 50;

/** A loopback port nobody listens on: the wanted one if it is free, so that references survive a restart. */
export async function freePort(wanted?: number): Promise<number> {
  const kept = wanted === undefined ? undefined : await tryPort(wanted);
  if (kept !== undefined) return kept;
  for (let tried = 0; tried < tries; tried++) {
    const port = await tryPort(randomInt(listening.from, listening.to));
    if (port !== undefined) return port;
  }
  return (await tryPort(0)) ?? noPort();
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
