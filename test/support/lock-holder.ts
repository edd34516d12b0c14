import { createClock } from '../../src/adapters/clock.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createProcesses } from '../../src/adapters/processes.ts';
import { createRandom } from '../../src/adapters/random.ts';
import { createLock } from '../../src/store/lock.ts';

/** Takes a lock, says so, and holds it until it is killed. */
const [path = ''] = process.argv.slice(2);
const ports = { files: createFiles(), clock: createClock(), random: createRandom(), processes: createProcesses() };

await createLock(
  ports,
  path,
)(async () => {
  console.log('holds');
  await new Promise((done) => setTimeout(done, 120_000));
});
