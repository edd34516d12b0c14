import { start } from '../../src/entries/dispatch.ts';

/** The command line as it stands in `src/`, for tests that start it as a process. */
void start('cli');
