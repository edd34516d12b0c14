import { createClock } from '../../src/adapters/clock.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createProcesses } from '../../src/adapters/processes.ts';
import { createRandom } from '../../src/adapters/random.ts';
import { createStore } from '../../src/store/store.ts';
import { madeImage } from './made-image.ts';

/** Adds so many entries to the store in a folder, all of them at once, each under a name that begins with `prefix`. */
const [folder = '', prefix = '', count = '0'] = process.argv.slice(2);
const ports = { files: createFiles(), clock: createClock(), random: createRandom(), processes: createProcesses() };

const store = await createStore(ports, folder);
const { descriptor } = madeImage();
await Promise.all(
  Array.from({ length: Number(count) }, (_, place) => store.addEntry(descriptor, `${prefix}-${place}`)),
);
