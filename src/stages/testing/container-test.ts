import type { Container } from '../../clients/engine.ts';
import type { ContainerTest } from '../../domain/planned-test.ts';
import { type Attempted, attemptOf, refuseOtherImage, type Subject, type TakeLine, type TestPorts } from './attempt.ts';
import { readCases } from './cases.ts';
import { withServices } from './services.ts';
import { watchUp } from './up-test.ts';
import { workspaceMounts } from './workspace.ts';

/** Runs a test once, in a new container. */
export async function runInContainer(
  ports: TestPorts,
  { subject, test }: { readonly subject: Subject; readonly test: ContainerTest },
  take: TakeLine,
): Promise<Attempted> {
  const { engine, platform, owner, folder, scratch } = subject;
  const { sandbox } = test;
  const mounts = await workspaceMounts(ports.files, folder, sandbox.workspace);
  return withServices(ports, { subject, test, onLine: take }, async (joined) => {
    const container = await engine.create(subject.reference, platform.platform, {
      command: test.command,
      owner,
      // The command line would put the proxies of its own configuration, passwords and all, into the container.
      clientEnv: subject.env,
      limits: { sandbox, env: test.env, mounts, network: joined ?? sandbox.network },
    });
    try {
      refuseOtherImage(container.image, subject);
      const ended = await runContainer(ports, { container, subject, test }, take);
      const { image: engineImage } = container;
      if (sandbox.junit === null || ended.state === 'not-run') return { ...ended, engineImage };
      return { ...(await readCases(ports, { container, path: sandbox.junit, scratch }, ended)), engineImage };
    } finally {
      subject.ended.add(() => Promise.resolve(container[Symbol.asyncDispose]()));
      // The network that it shared with services goes with them.
      if (joined !== undefined) await subject.ended[Symbol.asyncDispose]();
    }
  });
}

async function runContainer(
  ports: TestPorts,
  run: { readonly container: Container; readonly subject: Subject; readonly test: ContainerTest },
  take: TakeLine,
): Promise<Omit<Attempted, 'engineImage'>> {
  const { container, subject, test } = run;
  let refused = false;
  const onLine = (line: string): void => {
    refused ||= line.length < 4096 && /exec format error/i.test(line);
    take(line);
  };
  const timeoutMs = test.timeoutMinutes * 60_000;
  const ended =
    test.kind === 'up'
      ? await watchUp(ports, { container, test }, (limitMs) => container.run(onLine, limitMs))
      : attemptOf(await container.run(onLine, timeoutMs), test.timeoutMinutes);
  const { platform } = subject.platform;
  // Asked only here: most tests end without it.
  if (ended.state === 'passed' || !refused || platform === (await subject.engine.platform())) return ended;
  return { state: 'not-run', exitCode: ended.exitCode, reason: `not run: no emulation for ${platform}` };
}
