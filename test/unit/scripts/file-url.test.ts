import { describe, expect, it } from '@jest/globals';
import { withOwnFileUrl } from '../../../script/commands/build/file-url.ts';

describe('withOwnFileUrl', () => {
  it('leaves code alone that asks for no URL', () => {
    expect(withOwnFileUrl('"use strict";\nlet a = 1;\n')).toBe('"use strict";\nlet a = 1;\n');
  });

  it('reads the URL outside of all modules, and after the directive', () => {
    const code = '"use strict";\nlet here = require("url").pathToFileURL(__filename).href;\n';
    expect(withOwnFileUrl(code).split('\n')).toEqual([
      '"use strict";',
      'const slipwayFileUrl = require("node:url").pathToFileURL(__filename).href;',
      'let here = slipwayFileUrl;',
      '',
    ]);
  });

  it('replaces names that webpack changed because the module has its own', () => {
    const code = 'let crc64_require;\ncrc64_require = f(crc64_require("url").pathToFileURL(crc64_filename).href);';
    expect(withOwnFileUrl(code)).toContain('crc64_require = f(slipwayFileUrl);');
  });
});
