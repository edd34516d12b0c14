import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The environment of an action in an empty workspace, with an empty event and no inputs. */
export async function emptyRun(folder: string): Promise<NodeJS.ProcessEnv> {
  const file = (name: string): string => path.join(folder, name);
  await mkdir(file('workspace'));
  await writeFile(file('event.json'), '{}');
  for (const name of ['output', 'state', 'env', 'path', 'summary']) await writeFile(file(name), '');
  // NODE_EXTRA_CA_CERTS, among all else of ours, is left out: reading it makes node itself start slower.
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_PATH: file('event.json'),
    GITHUB_WORKSPACE: file('workspace'),
    GITHUB_OUTPUT: file('output'),
    GITHUB_STATE: file('state'),
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    GITHUB_STEP_SUMMARY: file('summary'),
    RUNNER_TEMP: folder,
  };
}
