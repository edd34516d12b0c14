import { inertText } from '../../domain/inert-text.ts';
import type { PlannedTest } from '../../domain/planned-test.ts';
import { stateOfAttempts, type TestAttempt, type TestResult } from '../../domain/test-result.ts';
import type { Attempted, Subject, TestPorts } from './attempt.ts';
import { runInContainer } from './container-test.ts';
import { runOnHost } from './host-test.ts';
import { LiveOutput } from './live-output.ts';
import { heard, type TestLog } from './test-log.ts';

const shownCases = 10;

/** Runs a test of the plan until it passes, or as often as it may be tried. */
export async function runPlanned(
  ports: TestPorts,
  { subject, test }: { readonly subject: Subject; readonly test: PlannedTest },
  log: TestLog,
): Promise<TestResult> {
  const { image } = subject;
  const { platform } = subject.platform;
  const attempts: TestAttempt[] = [];
  let last: Attempted;
  do {
    const again = attempts.length === 0 ? '' : `, attempt ${attempts.length + 1}`;
    const title = `test ${test.name} on ${platform}${again}`;
    ports.log.task(image.key, { kind: 'working', text: title });
    const started = ports.clock.now().getTime();
    last = await runOnce(ports, { subject, test, title }, log);
    const { state, exitCode, reason } = last;
    attempts.push({ state, exitCode, reason, durationMs: ports.clock.now().getTime() - started });
  } while (last.state === 'failed' && attempts.length < test.attempts);
  tellCases(ports, { subject, test }, last);
  const { exitCode, engineImage, reason, cases } = last;
  return {
    name: test.name,
    platform,
    state: stateOfAttempts(attempts),
    exitCode,
    durationMs: attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0),
    engineImage,
    reason,
    kind: test.kind,
    ...(test.optional ? { optional: true } : {}),
    ...(attempts.length > 1 ? { attempts } : {}),
    ...(cases === undefined ? {} : { cases }),
  };
}

async function runOnce(
  ports: TestPorts,
  run: { readonly subject: Subject; readonly test: PlannedTest; readonly title: string },
  log: TestLog,
): Promise<Attempted> {
  const { subject, test, title } = run;
  log.begin();
  const live = new LiveOutput(ports, `${subject.image.key}: ${title}`);
  const take = heard(ports.secrets, log, live);
  let end = 'it broke off';
  try {
    const ended =
      test.kind === 'host'
        ? await runOnHost(ports, { subject, test }, take)
        : await runInContainer(ports, { subject, test }, take);
    end = ended.state === 'passed' ? 'passed' : `${ended.state}: ${ended.reason}`;
    live.end(ended.state !== 'passed');
    return ended;
  } finally {
    await log.end(`${ports.clock.now().toISOString()} ${inertText(title)}`, inertText(end));
  }
}

/** Failed cases become annotations, where a case says in which file it stands at that line. */
function tellCases(
  { log }: TestPorts,
  { subject, test }: { readonly subject: Subject; readonly test: PlannedTest },
  last: Attempted,
): void {
  const tell = test.optional ? log.warning : log.error;
  for (const { suite, name, message, file, line } of last.cases?.failures.slice(0, shownCases) ?? []) {
    const [first = ''] = message.split('\n');
    const text = inertText(`${subject.image.key}: ${suite} ${name}: ${first.slice(0, 300)}`);
    // Where the repository is mounted, the file is one of it.
    const place = { file: inertText((file ?? '').replace(/^\/workspace\//, '')), ...(line === null ? {} : { line }) };
    if (file === null) tell(text);
    else tell(text, place);
  }
}
