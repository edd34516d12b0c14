import { type ArtifactService, openArtifacts } from './action-artifacts.ts';
import { type EndedStep, type Job, openJob } from './action-step.ts';
import { type Desk, openDesk } from './desk.ts';
import type { Lab } from './lab.ts';

/** A run of the actions that has built one image, `base`, and whose later steps can be asked for one by one. */
export interface HandedRun extends AsyncDisposable {
  readonly desk: Desk;
  /** Where its images are published. */
  readonly prefix: string;
  readonly service: ArtifactService;
  readonly built: EndedStep;
  /** What the steps after the build are given. */
  readonly inputs: { readonly plan: string; readonly results: string };
  readonly job: Job;
  run(action: string, more?: Readonly<Record<string, string>>): Promise<EndedStep>;
  /** A job of a later attempt of the same run. */
  again(attempt: number): Promise<Job>;
}

/** Plans and builds from source, as a push of the tag v1.0.0; `config` is put behind the configuration. */
export async function openHandedRun(
  lab: Lab,
  host: string,
  config: string | ((text: string, prefix: string) => string) = '',
  files: Readonly<Record<string, string>> = {},
): Promise<HandedRun> {
  const desk = await openDesk(lab);
  const prefix = `${host}/${desk.id}/hello`;
  await desk.edit('slipway.yml', (text) => {
    const one = text.slice(0, text.indexOf('\n  greeter:'));
    return typeof config === 'string' ? `${one}\n${config}\n` : config(one, prefix);
  });
  await desk.commit(files);
  const service = await openArtifacts();
  const openAttempt = (attempt: number): Promise<Job> =>
    openJob(lab, {
      ...{ workspace: desk.folder, ref: 'refs/tags/v1.0.0', attempt, env: { ...service.env } },
      isFromSource: true,
    });
  const job = await openAttempt(1);
  const { plan = '' } = (await job.run('matrix-generate', { registry: prefix })).outputs;
  const built = await job.run('build-test', { plan, image: 'base' });
  const handed = Object.fromEntries(Object.entries(built.outputs).filter(([name]) => name.startsWith('result-')));
  const inputs = { plan, results: JSON.stringify({ 'level-1': { result: 'success', outputs: handed } }) };
  const jobs = [job];
  return {
    ...{ desk, prefix, service, built, inputs, job },
    run: (action, more = {}) => job.run(action, { ...inputs, ...more }),
    async again(attempt) {
      const made = await openAttempt(attempt);
      jobs.push(made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      for (const one of jobs) await one[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
      await desk[Symbol.asyncDispose]();
    },
  };
}
