import { ConfigError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';
import { registryHandler } from '../store/registry/handler.ts';
import { openRegistryFolder } from '../store/repositories.ts';

/** Serves a folder as a registry until somebody stops us. */
export async function serveRegistry(
  ports: Pick<Ports, 'files' | 'httpServer' | 'signals' | 'clock' | 'random' | 'processes'>,
  options: { readonly dir: string; readonly port: number | undefined },
  ready: (address: string) => void,
): Promise<void> {
  const facts = await ports.files.facts(options.dir);
  if (facts !== undefined && facts.kind === 'file') {
    throw new ConfigError({
      code: 'registry-folder',
      what: 'it is a file and not a folder',
      where: options.dir,
      state: 'nothing was served',
      next: 'name a folder with --dir',
    });
  }
  await using server = await ports.httpServer.listen(
    registryHandler(openRegistryFolder(ports, options.dir)),
    options.port,
  );
  ready(`http://127.0.0.1:${server.port}`);
  const { cancelled } = ports.signals;
  if (cancelled.aborted) return;
  await new Promise<void>((resolve) => cancelled.addEventListener('abort', () => resolve(), { once: true }));
}
