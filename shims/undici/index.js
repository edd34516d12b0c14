// @actions/http-client loads all of undici for a proxy agent that most runs never make.
// Reading a name below loads the real one.
for (const name of ['ProxyAgent', 'fetch']) {
  Object.defineProperty(exports, name, { enumerable: true, get: () => require('undici-real')[name] });
}
