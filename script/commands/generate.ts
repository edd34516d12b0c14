import { parseArgs } from 'node:util';
import { actionDefinitions } from '../../src/formats/actions/all.ts';
import { oneStep } from '../../src/formats/actions/one-step.ts';
import { setup } from '../../src/formats/actions/setup.ts';
import { actionFile, actionStubs } from './generate/action-file.ts';
import { actionPage } from './generate/action-page.ts';
import { rootAction, setupAction } from './generate/composite-actions.ts';
import { configSchema } from './generate/config-schema.ts';
import { devcontainerWorkflow } from './generate/devcontainer-workflow.ts';
import { type GeneratedFile, staleFiles, writeStale } from './generate/generated-file.ts';
import { imagesWorkflow } from './generate/images-workflow.ts';
import { readRepository, writeRepository } from './generate/repository.ts';
import { suiteRepository } from './generate/suite-repository.ts';
import { root } from './project.ts';
import { runScript } from './script.ts';

const usage = `
script/generate                           writes the generated files that are out of date
script/generate --check                   names them instead, and fails if there are any
script/generate --repository OWNER/REPO   first changes where the suite is published
`;

const files: readonly GeneratedFile[] = [
  configSchema,
  imagesWorkflow,
  devcontainerWorkflow,
  suiteRepository,
  setupAction,
  actionPage(setup),
  rootAction,
  actionPage(oneStep, { file: 'docs/one-step.md', path: '', top: '../' }),
  ...actionDefinitions.flatMap((action) => [actionFile(action), actionPage(action), ...actionStubs(action)]),
];

await runScript(usage, async (args) => {
  const { values } = parseArgs({
    args,
    options: { check: { type: 'boolean', default: false }, repository: { type: 'string' } },
  });
  if (values.repository !== undefined) await writeRepository(values.repository);
  const stale = await staleFiles(root, files, { repository: await readRepository() });
  if (!values.check) {
    await writeStale(root, stale);
    for (const { path } of stale) console.log(`wrote ${path}`);
    return 0;
  }
  for (const { path } of stale) console.error(`${path} is out of date; run script/generate`);
  return stale.length === 0 ? 0 : 1;
});
