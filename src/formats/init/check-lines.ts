import type { ServiceHint } from './compose-hints.ts';
import type { ConfigChoices } from './config-choices.ts';
import type { TemplateName } from './template-choices.ts';
import { yamlList, yamlScalar } from './yaml-scalar.ts';

const upSeconds = 3;

/** What can be tested without knowing more; the images of which nothing is known may be published untested, which is said. */
export function checkLines({ finding, hints, template }: ConfigChoices): readonly string[] {
  const known = Object.keys(finding.images).map((key) => {
    const own = template === undefined ? undefined : templateChecks(template)[key];
    return { key, lines: [...(own ?? []), ...upLines(hints.get(key), own !== undefined)] };
  });
  const checked = known.filter(({ lines }) => lines.length > 0);
  const untested = known.filter(({ lines }) => lines.length === 0).map(({ key }) => key);
  const allow = [
    '# Nothing tests these yet. Write tests for them, and take them out of this list.',
    ...(untested.length <= 5
      ? [`allow-untested: ${yamlList(untested)}`]
      : ['allow-untested:', ...untested.map((key) => `  - ${yamlScalar(key)}`)]),
  ];
  return [
    ...(checked.length === 0
      ? []
      : ['checks:', ...checked.flatMap(({ key, lines }) => [`  ${yamlScalar(key)}:`, ...lines])]),
    ...(checked.length > 0 && untested.length > 0 ? [''] : []),
    ...(untested.length === 0 ? [] : allow),
  ];
}

/** A service that waits for somebody must stay up; one that is there to be built is not started. */
function upLines(hint: ServiceHint | undefined, goesOn: boolean): readonly string[] {
  const command = hint?.staysUpWith;
  if (hint === undefined || hint.isForBuildOnly || (command === undefined && !hint.hasHealthcheck)) return [];
  const test = command === undefined ? '{ up: healthy }' : `{ up: ${upSeconds}, command: ${yamlList(command)} }`;
  return [...(goesOn ? [] : ['    tests:']), `      - ${test}`];
}

/** What the images of a template must be like; lines that end with tests, which more may follow. */
function templateChecks(name: TemplateName): Readonly<Record<string, readonly string[]>> {
  const tool = name === 'pip' ? [] : [name];
  const absent = name === 'poetry' ? '/opt/pipx' : name === 'uv' ? '/usr/local/bin/uv' : undefined;
  return {
    builder: ['    tests:', `      - run: [${[...(tool.length === 0 ? ['python'] : tool), '--version'].join(', ')}]`],
    app: [
      '    expect:',
      '      user: not-root',
      `      files: { present: [/app/.venv/bin/python]${absent === undefined ? '' : `, absent: [${absent}]`} }`,
      '    tests:',
      '      - name: Python is that of the virtual environment',
      `        run: [-c, 'import sys; assert sys.prefix == "/app/.venv", sys.prefix']`,
    ],
    'app-dev': [
      '    tests:',
      '      - name: the tools are there',
      "        run: 'command -v git && command -v wget && command -v ping && command -v sudo'",
    ],
  };
}
