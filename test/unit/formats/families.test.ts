import { describe, expect, it } from '@jest/globals';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';
import { configuredImages } from '../../../src/stages/planning/configured.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

async function images(text: string, files: Readonly<Record<string, string>> = {}) {
  const paths = Object.entries(files).map(([path, content]) => [`/repo/${path}`, content] as const);
  const config = parseSlipwayYml(text, 'slipway.yml');
  const disk = createMemoryFiles(Object.fromEntries(paths));
  return (await configuredImages(disk, '/repo', { config, configFile: 'slipway.yml' })).images;
}

const python = `
families:
  opencrate:
    key: "{runtime}-py{python}"
    repository: opencrate-{runtime}-py{python}
    context: .
    dockerfile: docker/Dockerfile.{runtime}-py{python}
    build-args: {PYTHON: "{python}", VERSION: "{version}"}
    tests: [{run: [python, -c, "print({})"]}]
    matrix:
      runtime: [cpu, cuda]
      python: {file: PYTHON_VERSIONS}
`;

describe('a family', () => {
  it('has an image for each point of its matrix, with all texts filled', async () => {
    const made = await images(python, { PYTHON_VERSIONS: '3.9\n# old\n3.10\r\n' });
    expect(Object.keys(made)).toEqual(['cpu-py3.9', 'cpu-py3.10', 'cuda-py3.9', 'cuda-py3.10']);
    expect(made['cuda-py3.10']).toMatchObject({
      repository: 'opencrate-cuda-py3.10',
      dockerfile: 'docker/Dockerfile.cuda-py3.10',
      'build-args': { PYTHON: '3.10', VERSION: '{version}' },
      tests: [{ run: ['python', '-c', 'print({})'] }],
    });
  });

  it('keeps its values as they are written', async () => {
    const made = await images(
      'families: {p: {key: "py{v}", matrix: {v: [3.10, 3.9]}, include: [{v: 3.20}], exclude: [{v: 3.9}]}}',
    );
    expect(Object.keys(made)).toEqual(['py3.10', 'py3.20']);
  });

  it('leaves out every point that an exclusion fits', async () => {
    const text =
      'families: {p: {key: "{a}-{b}", matrix: {a: [x, y], b: ["1", "2"]}, exclude: [{a: x, b: "1"}, {b: "2"}]}}';
    expect(Object.keys(await images(text))).toEqual(['y-1']);
  });

  it('stands beside images of their own', async () => {
    const text = 'images: {base: {}}\nfamilies: {p: {key: "app-{v}", matrix: {v: [a]}}}';
    expect(Object.keys(await images(text))).toEqual(['base', 'app-a']);
  });

  it.each([
    ['a placeholder that nothing fills', '{key: "{v}", context: "{w}", matrix: {v: [a]}}', 'config-placeholder'],
    ['an exclusion by another name', '{key: "{v}", matrix: {v: [a]}, exclude: [{w: a}]}', 'config-matrix'],
    ['two points with one key', '{key: same, matrix: {v: [a, b]}}', 'config-matrix'],
    ['a key that can be none', '{key: "{v}", matrix: {v: [A]}}', 'config-matrix'],
    ['the key of another image', '{key: base, matrix: {v: [a]}}', 'image-twice'],
    ['a file that is not there', '{key: "{v}", matrix: {v: {file: NONE}}}', 'values-missing'],
    ['a file elsewhere', '{key: "{v}", matrix: {v: {file: ../NONE}}}', 'path-outside'],
    ['too many points', `{key: "{a}-{b}", matrix: {a: [${numbers(101)}], b: [${numbers(100)}]}}`, 'config-matrix'],
  ])('is refused with %s', async (_, family, code) => {
    await expect(images(`images: {base: {}}\nfamilies: {p: ${family}}`)).rejects.toMatchObject({ code });
  });
});

describe('a file of values', () => {
  const read = (content: string) =>
    images('families: {p: {key: "v{v}", matrix: {v: {file: VALUES}}}}', { VALUES: content });

  it.each([
    ['an injection', '3.9\n3.10"],"x":["', 2],
    ['full-width digits', '３.９', 1],
    ['a value twice', '3.9\n\n3.9', 3],
    ['10,000 lines', Array.from({ length: 10_000 }, (_, index) => index).join('\n'), 257],
    ['binary junk', '3.9\n\u0000\u0001', 2],
  ])('with %s is refused at its line', async (_, content, line) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'values-invalid',
      where: { file: 'VALUES', line },
    });
  });

  it.each([
    ['nothing', '\n# nothing\n'],
    ['more than 64 KiB', 'a'.repeat(70_000)],
  ])('with %s is refused', async (_, content) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'values-invalid' });
  });

  it('is read through a byte order mark, CRLF and without a last line end', async () => {
    expect(Object.keys(await read('\uFEFF3.9\r\n3.10'))).toEqual(['v3.9', 'v3.10']);
  });
});

function numbers(count: number): string {
  return Array.from({ length: count }, (_, index) => index).join(',');
}
