import { cutRelease } from '../../script/commands/release/cut.ts';

// Cuts a release of the folder that is named, in a process that a test may kill.
const [folder = '', version = ''] = process.argv.slice(2);
await cutRelease({
  folder,
  version,
  repository: 'org/own',
  major: 'v1',
  date: '2026-11-22',
  isDryRun: false,
  say: () => undefined,
});
