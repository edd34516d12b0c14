import { createClock } from '../../src/adapters/clock.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createHttpServer } from '../../src/adapters/http-server.ts';
import { createProcesses } from '../../src/adapters/processes.ts';
import { createRandom } from '../../src/adapters/random.ts';
import { registryHandler } from '../../src/store/registry/handler.ts';
import { openRegistryFolder } from '../../src/store/repositories.ts';

const [folder = '', clockAheadMs = '0'] = process.argv.slice(2);
const clock = createClock();

const content = openRegistryFolder(
  {
    files: createFiles(),
    // A process that starts after a crash finds locks that are as old as it likes.
    clock: { ...clock, now: () => new Date(clock.now().getTime() + Number(clockAheadMs)) },
    processes: createProcesses(),
    random: createRandom(),
  },
  folder,
);
const server = await createHttpServer().listen(registryHandler(content));
console.log(`listening on ${server.port}`);
process.stdin.resume().on('end', () => process.exit(0));
