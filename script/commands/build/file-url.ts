// ncc writes CommonJS for `import.meta.url` with the names `require` and `__filename`, and then webpack renames both in
// a module that declares them itself, as @azure/storage-common does: the result reads a variable before it is set.
const written = /[\w$]*require\("url"\)\.pathToFileURL\([\w$]*_filename\)\.href/g;
const name = 'slipwayFileUrl';
const declaration = `const ${name} = require("node:url").pathToFileURL(__filename).href;`;

/** Makes each `import.meta.url` in ncc's output the URL of the file it now stands in. */
export function withOwnFileUrl(code: string): string {
  const replaced = code.replaceAll(written, name);
  if (replaced === code) return code;
  // After the directive: in front of it, "use strict" would be an idle text.
  return replaced.replace(/^(?:"use strict";\n?)?/, (directive) => `${directive}${declaration}\n`);
}
