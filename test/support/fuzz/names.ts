import fc from 'fast-check';
import { isTag } from '../../../src/domain/image-ref.ts';
import { comparePlatforms, parsePlatform } from '../../../src/domain/platform.ts';
import {
  compareVersions,
  isPrerelease,
  isSameVersion,
  looksLikeVersion,
  parseVersion,
  versionLines,
} from '../../../src/domain/version.ts';
import { must, mustEqual, resultOf, type Target } from './target.ts';
import { textInputs } from './text-inputs.ts';

const number = fc.constantFrom('0', '1', '10', '01', '9007199254740992', '-1', '');
const nearVersion = fc
  .tuple(
    fc.constantFrom('', 'v', 'V', 'vv', '=', '\ufeff', ' '),
    number,
    number,
    number,
    fc.constantFrom('', '-rc.1', '-0', '-01', '+b', '-a+b', '\r\n', '-', 'rc1', '.post1', '.dev0', 'a1.post2.dev3'),
  )
  .map(([prefix, a, b, c, end]) => `${prefix}${a}.${b}.${c}${end}`);

/** The text of a VERSION file. */
export const versions: Target = {
  name: 'versions',
  inputs: textInputs({
    nearValid: nearVersion,
    seeds: ['1.4.0', 'v1.4.0-rc.1', '\ufeff1.0.0\r\n', '0.0.1-alpha.0.x-y', 'v0.1.0rc3', '1!2.0', '2024.01.05.post1'],
    words: ['1', '.', '-', '+', 'v', 'rc', 'x', '1.2.3', '-0', '00', '\ufeff'],
  }),
  check(text) {
    looksLikeVersion(text);
    isSameVersion(text, '1.0.0');
    const version = resultOf(() => parseVersion(text, 'fuzz'));
    if (version === undefined) return;
    must(isTag(version) && looksLikeVersion(version), 'a version can be a tag');
    mustEqual(parseVersion(`\ufeff${version}\r\n`, 'fuzz'), version, 'a version is read as itself');
    must(isSameVersion(version, version) && compareVersions(version, version) === 0, 'a version is equal to itself');
    const lines = versionLines(version);
    must(lines.every(isTag), 'lines of a version can be tags');
    must(lines.length === 0 || !isPrerelease(version), 'a prerelease has no lines');
    must(
      lines.every((line) => version.startsWith(line)),
      'lines of a version are its beginning',
    );
  },
};

/** Platforms as people write them. */
export const platforms: Target = {
  name: 'platform',
  inputs: textInputs({
    mostCharacters: 256 * 1024,
    nearValid: fc
      .tuple(
        fc.constantFrom('linux', 'Windows', ' linux', '', 'l-x'),
        fc.constantFrom('amd64', 'x86_64', 'aarch64', 'arm', ''),
        fc.constantFrom('', '/v8', '/v7', '/V1', '/', '/a/b', '/10.0.1'),
      )
      .map(([os, architecture, end]) => `${os}/${architecture}${end}`),
    seeds: ['linux/amd64', 'linux/arm/v7', 'windows/amd64', 'linux/aarch64/v8'],
    words: ['linux', '/', 'amd64', 'arm64', 'v8', 'v1', '.', 'X86_64', 'unknown'],
  }),
  check(text) {
    const platform = resultOf(() => parsePlatform(text));
    if (platform === undefined) return;
    must(/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9.]+)?$/.test(platform), 'a platform is plain');
    mustEqual(parsePlatform(platform), platform, 'a platform is its own spelling');
    must(comparePlatforms(platform, platform) === 0, 'a platform is equal to itself');
  },
};
