import path from 'node:path';
import { parseArgs } from 'node:util';
import { attempt } from './lab/command.ts';
import { labState, root } from './project.ts';
import { runScript, runVisibly, ScriptError } from './script.ts';

const usage = `
script/demo   builds, tests and publishes examples/hello on this machine; brings the lab up where no engine answers
`;

await runScript(usage, async (args) => {
  parseArgs({ args, options: {} });
  const env = await workingEnvironment();
  const cli = path.join(root, 'dist/cli/index.js');
  return runVisibly(process.execPath, [cli, 'run', '--repo', path.join(root, 'examples/hello')], env);
});

/** The lab's, if it is up; else this machine's own, if that works; else that of a lab brought up now. */
async function workingEnvironment(): Promise<NodeJS.ProcessEnv> {
  for (const env of [labEnvironment(), process.env]) if (env !== undefined && (await hasEngine(env))) return env;
  const exitCode = await runVisibly(path.join(root, 'script/lab'), ['up']);
  const env = labEnvironment();
  if (exitCode !== 0 || env === undefined)
    throw new ScriptError('script/lab up failed, so there is no engine to run on');
  return env;
}

function labEnvironment(): NodeJS.ProcessEnv | undefined {
  const lab = labState();
  if (lab === undefined) return undefined;
  // The lab names only the folders of its own tools.
  const folders = `${lab.path}${path.delimiter}${process.env.PATH ?? ''}`;
  return { ...process.env, DOCKER_HOST: lab.docker.host, DOCKER_CONFIG: lab.dockerConfig, PATH: folders };
}

async function hasEngine(env: NodeJS.ProcessEnv): Promise<boolean> {
  const answers = await Promise.all([
    attempt('docker', ['info'], { env }),
    attempt('docker', ['buildx', 'version'], { env }),
  ]);
  return answers.every(({ exitCode }) => exitCode === 0);
}
