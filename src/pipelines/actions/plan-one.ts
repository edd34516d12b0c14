import { readGit } from '../../clients/git.ts';
import type { Plan } from '../../domain/plan.ts';
import { parseSlipwayYml } from '../../formats/slipway-yml.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { plan as makePlan } from '../../stages/plan.ts';
import { registryOf, type SignInInputs } from './action.ts';

/** One image, described by inputs. */
export interface OneImage extends SignInInputs {
  readonly name: string;
  readonly context?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly test?: string | undefined;
  readonly registry?: string | undefined;
}

/** The plan of a single image without any configuration file: as if one had been written from the inputs. */
export async function planOne(ports: ActionPorts, host: Host, one: OneImage): Promise<Plan> {
  const image = {
    context: one.context ?? '.',
    ...(one.dockerfile === undefined ? {} : { dockerfile: one.dockerfile }),
    tests: one.test === undefined ? [] : [{ run: one.test }],
  };
  // JSON is YAML: the same reader gives the same checks and the same words.
  // Without a registry there is no place where a cache could lie.
  const cache = one.registry === undefined ? { cache: { type: 'none' } } : {};
  const text = JSON.stringify({ ...cache, images: { [one.name]: image }, 'allow-untested': [one.name] });
  const written = parseSlipwayYml(text, 'the inputs of build-test');
  const git = await readGit(ports.exec, host.workspace);
  const plan = await makePlan(
    { ...ports, registry: registryOf(ports, one, undefined) },
    {
      folder: host.workspace,
      config: {
        ...written,
        images: written.images ?? {},
        texts: {},
        pythonVersions: [],
        sources: [],
        isDiscovered: false,
        matrix: {},
        notes: [],
      },
      configFile: 'the inputs of build-test',
      prefix: one.registry ?? 'localhost/alone',
      event: host.event,
      run: host.run,
      commit: { id: git.commit, time: git.commitTime, dirty: git.dirty },
      offline: true,
    },
  );
  return one.registry === undefined ? { ...plan, rights: { ...plan.rights, stage: false } } : plan;
}
