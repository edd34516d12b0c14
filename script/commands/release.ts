import { parseArgs } from 'node:util';
import { suiteVersion } from './generate/action-runtime.ts';
import { readRepository } from './generate/repository.ts';
import { root } from './project.ts';
import { cutRelease } from './release/cut.ts';
import { moveMajor } from './release/major.ts';
import { runScript, ScriptError } from './script.ts';

const usage = `
script/release VERSION           cuts a release of main: version, changelog, dist/, pins, the tag vVERSION
script/release --major vVERSION  moves the tag of the major version to a release, never back
  --dry-run                      prints each step and writes nothing
`;

await runScript(usage, async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false }, major: { type: 'string' } },
  });
  const common = {
    folder: root,
    repository: await readRepository(),
    isDryRun: values['dry-run'],
    say: (line: string) => console.log(line),
  };
  const [version, ...more] = positionals;
  if (more.length > 0 || (version === undefined) === (values.major === undefined)) {
    throw new ScriptError('give one version, or --major with the tag of one; --help says more');
  }
  if (values.major !== undefined) await moveMajor({ ...common, tag: values.major });
  else if (version !== undefined) {
    const date = new Date().toISOString().slice(0, 10);
    await cutRelease({ ...common, version, major: suiteVersion, date });
  }
  return 0;
});
