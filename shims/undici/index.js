// Node reads the names of a CommonJS module from such lines when an ES module imports it.
exports.ProxyAgent = undefined;
exports.fetch = undefined;

// @actions/http-client loads all of undici for a proxy agent that most runs never make.
// Reading a name now loads the real one.
for (const name of ['ProxyAgent', 'fetch']) {
  Object.defineProperty(exports, name, { enumerable: true, get: () => require('undici-real')[name] });
}
