import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '../../../script/commands/lab/port.ts';

/** Linux gives ports from here on to connections that go out. */
const firstOfConnections = 32_768;

describe('a free port', () => {
  it('is none that a connection may be given before somebody listens on it', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(ports.filter((port) => port < 1024 || port >= firstOfConnections)).toEqual([]);
  });

  it('is another one where the wanted one is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : 0;
      expect(await freePort(taken)).not.toBe(taken);
    } finally {
      server.close();
    }
  });
});
