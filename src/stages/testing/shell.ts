import { Engine } from '../../clients/engine.ts';
import { ToolError } from '../../domain/errors.ts';
import { type PlannedTest, plainSandbox } from '../../domain/planned-test.ts';
import { refuseOtherImage, type Subject, type TestPorts } from './attempt.ts';
import { withServices } from './services.ts';
import { onEachPlatform, type TestInputs } from './subjects.ts';
import { workspaceMounts } from './workspace.ts';

/** Where somebody wants to look around. */
export interface ShellInputs extends TestInputs {
  /** Whether whoever speaks with us does so from a terminal. */
  readonly isTerminal: boolean;
}

/** Every sh knows this, and an image with bash is nicer to look at with it. */
const shell = 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi';

/** Opens a shell in a container that is made as that of the image's first test, and answers with its exit code. */
export async function openShell(ports: TestPorts, inputs: ShellInputs): Promise<number> {
  let exitCode = 0;
  const { platforms } = inputs.built;
  const native = await new Engine(ports).platform();
  const platform = platforms.find((one) => one.platform === native) ?? platforms[0];
  if (platform === undefined) throw new Error('unreachable: an image without a platform is refused');
  const one = { ...inputs, built: { ...inputs.built, platforms: [platform] } };
  await onEachPlatform(ports, one, async (subject) => {
    exitCode = await shellIn(ports, subject, inputs.isTerminal);
  });
  return exitCode;
}

async function shellIn(ports: TestPorts, subject: Subject, isTerminal: boolean): Promise<number> {
  const { engine, image, platform, owner, folder } = subject;
  const test = image.tests.find((one) => one.kind !== 'host') ?? withoutTests(image.tests[0]);
  const mounts = await workspaceMounts(ports.files, folder, test.sandbox.workspace);
  const onLine = (line: string): void => ports.log.relay([line], `${image.key}: services`);
  return withServices(ports, { subject, test, onLine }, async (joined) => {
    await using container = await engine.create(subject.reference, platform.platform, {
      entrypoint: 'sh',
      command: ['-c', shell],
      input: isTerminal ? 'terminal' : 'pipe',
      owner,
      clientEnv: subject.env,
      limits: { sandbox: test.sandbox, env: test.env, mounts, network: joined ?? test.sandbox.network },
    });
    refuseOtherImage(container.image, subject);
    ports.log.task(image.key, { kind: 'done', text: `a shell in ${platform.digest} on ${platform.platform}` });
    const exitCode = await container.attach();
    if (exitCode === undefined) throw noShell(subject);
    return exitCode;
  });
}

/** A test on the host says which variables there are, and nothing of a container. */
function withoutTests(test: PlannedTest | undefined): Extract<PlannedTest, { kind: 'run' }> {
  return {
    kind: 'run',
    name: 'a shell',
    command: [],
    timeoutMinutes: 5,
    env: test?.env ?? {},
    optional: false,
    attempts: 1,
    sandbox: plainSandbox,
  };
}

function noShell({ image, platform }: Subject): ToolError {
  return new ToolError({
    code: 'shell-missing',
    what: 'the image has no sh that could be started',
    where: `${image.key} on ${platform.platform}`,
    state: 'its container is removed again, and nothing was changed',
    next: '`slipway inspect` shows what it is; `docker cp` takes files out of a container of it',
  });
}
