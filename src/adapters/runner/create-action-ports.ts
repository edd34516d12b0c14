import type { Host } from '../../ports/host.ts';
import type { Outputs } from '../../ports/outputs.ts';
import type { ActionPorts, Ports } from '../../ports/ports.ts';
import { createMachinePorts } from '../machine-ports.ts';
import { addProxySecrets } from '../proxy-secrets.ts';
import { guardedArtifacts, redactedLog, redactedOutputs } from '../redacted.ts';
import { createArtifacts } from './artifacts.ts';
import { createRunnerLog } from './runner-log.ts';
import { addSecretInputs, createRunnerSecrets } from './runner-secrets.ts';

/** Everything outside of us, for an action: as at a desk, but that the runner listens. */
export function createRunnerPorts(): Ports & AsyncDisposable {
  const ports = createMachinePorts();
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  const secrets = createRunnerSecrets(ports.secrets, write);
  // Of these the runner knows nothing that it could need: it has no part in what goes to a proxy.
  addProxySecrets(ports.secrets, ports.env);
  addSecretInputs(secrets, ports.env);
  const log = createRunnerLog({ write, random: ports.random, verbose: ports.env.RUNNER_DEBUG === '1' });
  return { ...ports, secrets, log: redactedLog(log, secrets) };
}

/** The same with what the jobs of a run hand to each other. */
export function withHandoff(ports: Ports, host: Host, outputs: Outputs): ActionPorts {
  const artifacts = createArtifacts(ports.files, { temp: host.temp, attempt: host.run.attempt });
  return {
    ...ports,
    outputs: redactedOutputs(outputs, ports.secrets),
    artifacts: guardedArtifacts(artifacts, ports.secrets),
    artifactFolders: artifacts,
  };
}
