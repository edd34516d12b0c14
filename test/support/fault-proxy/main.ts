import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { FaultScript } from './fault-script.ts';
import { startFaultProxy } from './proxy.ts';

const help = `Stands before a registry and goes wrong as a script says.

  node --import tsx test/support/fault-proxy/main.ts --upstream http://127.0.0.1:PORT [options]

  --upstream URL   the registry; on this machine only
  --script FILE    JSON: {"rules": [...], "door": {...}}, see fault-script.ts
  --seed N         for rules with a rate; 1 unless told
  --latency MS     each way
  --log FILE       every request as a line of JSON

The first line that it prints is its address. A line "expire-tokens" on its input ends all tokens.
Stop it with SIGINT or SIGTERM.

A script:
  {"rules": [
    {"match": {"kind": "manifest-tag", "method": "PUT"}, "at": [1, 3], "fault": {"kind": "lost-reply"}},
    {"match": {"kind": "blob"}, "rate": 0.05, "fault": {"kind": "answer", "status": 503}}
  ]}
`;

const { values } = parseArgs({
  options: {
    upstream: { type: 'string' },
    script: { type: 'string' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string', default: '0' },
    log: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(help);
else if (values.upstream === undefined) {
  process.stderr.write(help);
  process.exitCode = 2;
} else {
  const { rules = [], door } = FaultScript.parse(
    values.script === undefined ? {} : JSON.parse(readFileSync(values.script, 'utf8')),
  );
  const proxy = await startFaultProxy({
    upstream: values.upstream,
    rules,
    seed: Number(values.seed),
    latencyMs: Number(values.latency),
    ...(door === undefined ? {} : { door }),
    ...(values.log === undefined ? {} : { logFile: values.log }),
  });
  console.log(proxy.origin);
  const input = createInterface(process.stdin).on('line', (line) => line === 'expire-tokens' && proxy.expireTokens());
  const stop = (): void => {
    input.close();
    process.stdin.destroy();
    proxy[Symbol.asyncDispose]().then(undefined, (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
}
