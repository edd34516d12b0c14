import { parseSize } from '../../domain/byte-size.ts';
import type { Expectation } from '../../domain/expectation.ts';
import { containedPath } from '../../domain/path.ts';
import { fillText, fillTexts } from '../../domain/placeholders.ts';
import type { PlannedTest, TestSandbox } from '../../domain/planned-test.ts';
import type { ExpectConfig } from '../../formats/config/expect.ts';
import type { TestConfig } from '../../formats/config/test.ts';

type Values = Readonly<Record<string, string>>;

const defaultPids = 4096;

/** A test of the configuration, as the plan says it. */
export function plannedTest(test: TestConfig, values: Values, where: string): PlannedTest {
  const common = {
    timeoutMinutes: test['timeout-minutes'],
    env: fillTexts(test.env, values),
    optional: test.optional,
    attempts: test.attempts,
  };
  if (test.host !== undefined) {
    return { kind: 'host', name: test.name ?? shown(test.host), ...common, command: commandOf(test.host) };
  }
  const sandbox = sandboxOf(test, where);
  if (test.run !== undefined) {
    return { kind: 'run', name: test.name ?? shown(test.run), ...common, command: commandOf(test.run), sandbox };
  }
  const seconds = typeof test.up === 'number' ? test.up : null;
  const name = test.name ?? (seconds === null ? 'it becomes healthy' : `it stays up for ${seconds} s`);
  return { kind: 'up', name, ...common, command: test.command ?? [], sandbox, seconds };
}

/** The expectations of the configuration, as the plan says them. */
export function plannedExpectation(expect: ExpectConfig | undefined, values: Values): Expectation | null {
  // Who expects nothing has said nothing about the image: that is no test.
  if (expect === undefined || isNothing(expect)) return null;
  const filled = (texts: ExpectConfig['env']): Expectation['env'] =>
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, text === null ? null : fillText(text, values)]),
    );
  const size = expect['max-size'];
  return {
    user: expect.user ?? null,
    maxBytes: size === undefined ? null : (parseSize(size) ?? null),
    entrypoint: expect.entrypoint ?? null,
    cmd: expect.cmd ?? null,
    ports: expect.ports.map((port) => (port.includes('/') ? port : `${port}/tcp`)),
    env: filled(expect.env),
    labels: filled(expect.labels),
    files: expect.files,
    setuid: expect.setuid ?? null,
  };
}

/** An empty list of ports or files wishes for nothing; an empty entrypoint, command or list of setuid files does. */
function isNothing({ ports, env, labels, files, ...exact }: ExpectConfig): boolean {
  const wishes = [...ports, ...Object.keys(env), ...Object.keys(labels), ...files.present, ...files.absent];
  return wishes.length === 0 && Object.values(exact).every((value) => value === undefined);
}

function sandboxOf(test: TestConfig, where: string): TestSandbox {
  return {
    user: test.user ?? null,
    workdir: test.workdir ?? null,
    workspace: test.workspace ?? 'none',
    memory: test.memory ?? null,
    pids: test.pids ?? defaultPids,
    network: test.network ?? 'bridge',
    tmpfs: test.tmpfs ?? [],
    services: test.services === undefined ? null : containedPath(test.services, 'the compose file', where),
    junit: test.junit ?? null,
  };
}

/** A text is one for sh. */
export function commandOf(command: string | string[]): string[] {
  return typeof command === 'string' ? ['sh', '-c', command] : command;
}

/** A command as a name. */
export function shown(command: string | readonly string[]): string {
  const text = typeof command === 'string' ? command : command.join(' ');
  return text.split('\n')[0]?.slice(0, 80) ?? 'test';
}
