import { describe, expect, it } from '@jest/globals';
import { composeHints } from '../../../src/formats/init/compose-hints.ts';
import { templateCompose } from '../../../src/formats/init/compose-template.ts';
import { templateDockerfile } from '../../../src/formats/init/dockerfile-template.ts';
import { templateNames } from '../../../src/formats/init/template-choices.ts';
import { yamlScalar } from '../../../src/formats/init/yaml-scalar.ts';
import { readYaml, yamlValue } from '../../../src/formats/yaml-text.ts';

const choices = { name: 'widgets', python: '3.13', uid: 1234, gid: 1235 };

/** The lines of one stage of a Dockerfile, without comments. */
function stage(text: string, name: string): string {
  const [, rest = ''] = new RegExp(`\nFROM \\S+ AS ${name}\n((?:(?!FROM ).*\n)*)`).exec(text) ?? [];
  return rest.replace(/^\s*#.*\n/gm, '');
}

describe('the Dockerfile of a template', () => {
  it.each(templateNames)('for %s has four stages, none of which ends as root', (name) => {
    const text = templateDockerfile(name, choices);
    expect([...text.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, base, own]) => `${own} on ${base}`)).toEqual([
      'builder on python:${PYTHON_VERSION}-slim',
      'app-pre on builder',
      'app on python:${PYTHON_VERSION}-slim',
      'dev on app-pre',
    ]);
    expect(text).toContain('ARG PYTHON_VERSION=3.13\n');
    expect(text).toContain('ARG USER_UID=1234\nARG USER_GID=1235\n');
    for (const own of ['builder', 'app', 'dev']) {
      expect([own, [...stage(text, own).matchAll(/^USER (.*)$/gm)].at(-1)?.[1]]).toEqual([own, '${USERNAME}']);
    }
  });

  it.each(templateNames)('for %s takes the environment and the code into production, and no tool', (name) => {
    const app = stage(templateDockerfile(name, choices), 'app');
    expect(app).toContain('${WORKDIR}/.venv ${WORKDIR}/.venv\n');
    expect(app).not.toMatch(/pipx|poetry|\buv\b|apt-get|sudo|ROOT/);
  });

  it.each(templateNames)('for %s pins what it installs with pip', (name) => {
    const installs = templateDockerfile(name, choices).match(/(?:pip|pipx) install .*$/gm) ?? [];
    expect(installs.length).toBeGreaterThan(0);
    expect(installs.filter((line) => !/==\$\{\w+_VERSION\}|--requirement /.test(line))).toEqual([]);
  });

  it.each(templateNames)('for %s renews in each stage the arguments that it uses', (name) => {
    const text = templateDockerfile(name, choices);
    for (const own of ['builder', 'app', 'dev']) {
      const lines = stage(text, own);
      const used = [...lines.matchAll(/\$\{((?!PATH\b|WORKDIR\b)\w+)\}/g)].map(([, variable = '']) => variable);
      expect([own, [...new Set(used)].filter((one) => !lines.includes(`ARG ${one}`))]).toEqual([own, []]);
    }
  });
});

describe('the compose file of a template', () => {
  it('has what is built and never started, and one service that waits', () => {
    expect(Object.fromEntries(composeHints([templateCompose(choices)]))).toEqual({
      builder: { isForBuildOnly: true, staysUpWith: undefined, hasHealthcheck: false },
      app: { isForBuildOnly: true, staysUpWith: undefined, hasHealthcheck: false },
      'app-dev': { isForBuildOnly: false, staysUpWith: ['sleep', 'infinity'], hasHealthcheck: false },
    });
  });
});

describe('hints in a compose file', () => {
  const hintOf = (service: string) => composeHints([`services:\n  web: ${service}\n`]).get('web');

  it.each([
    ['{ command: /bin/sh -c "sleep infinity" }', ['sleep', 'infinity']],
    ['{ command: sleep infinity }', ['sleep', 'infinity']],
    ['{ command: [tail, -f, /dev/null] }', ['tail', '-f', '/dev/null']],
    ['{ command: [sleep, "5"] }', undefined],
    ['{ build: . }', undefined],
  ])('of %s', (service, command) => {
    expect(hintOf(service)?.staysUpWith).toEqual(command);
  });

  it('know a health check', () => {
    expect(hintOf('{ healthcheck: { test: [CMD, "true"] } }')?.hasHealthcheck).toBe(true);
  });

  it.each(['services: [', 'services: { web: 3 }', '', '- a'])('are none in %j', (text) => {
    expect(composeHints([text]).size).toBe(0);
  });
});

describe('a text in YAML', () => {
  it.each(['app', 'a b', 'no', 'true', '3.10', '', 'a: b', '#x', '{key}', '"', 'C:\\x', '- a', '~', 'é'])(
    '%j comes back',
    (text) => {
      expect(yamlValue(readYaml(`[${yamlScalar(text)}]`, 'a test', { merge: false }))).toEqual([text]);
    },
  );
});
