import { createMachinePorts } from '../../src/adapters/machine-ports.ts';
import { readStartImage, startOf } from '../../src/clients/devcontainer-image.ts';
import { repositoryContent } from '../../src/clients/registry/repository-content.ts';
import { parseDigest } from '../../src/domain/digest.ts';
import { parseRepository } from '../../src/domain/image-ref.ts';
import { registryFor } from '../../src/pipelines/destination.ts';
import { readImage } from '../../src/store/image-content.ts';
import { recordingLog } from './fake-log.ts';
import { crane, docker, type Lab, labEnv } from './lab.ts';
import { pythonBase } from './python-base.ts';

/** Lines of Dockerfiles: the smallest image that can be one of a dev container. */
export const small = ['FROM busybox:1.36'];
/** A user in it who is not the superuser. */
export const account = [
  'RUN echo "dev:x:1000:1000:Dev,,,:/home/dev:/bin/sh" >> /etc/passwd && echo "dev:x:1000:" >> /etc/group \\',
  ' && mkdir -p /home/dev && chown 1000:1000 /home/dev',
];
/** A Debian whose shells tell more than the image does, functions and odd names among it. */
export const talkative = [
  `FROM ${pythonBase}`,
  'RUN useradd --create-home --shell /bin/bash dev',
  'RUN echo "export FROM_PROFILE=\'two  words\' PATH=/opt/own:\\$PATH SHARED=profile" > /etc/profile.d/own.sh',
  'RUN printf \'echo noise; told() { echo told; }; export -f told; export FROM_RC=rc LINES_OF="a\\n b"\\n\' > /tmp/rc \\',
  ' && cat /tmp/rc >> /root/.bashrc && cat /tmp/rc >> /home/dev/.bashrc',
  'ENV OF_IMAGE="it\'s \\"quoted\\"" SHARED=image',
  'WORKDIR /srv',
];

/** What an image says about a start: as its registry has it, and as the engine has it. */
export async function readBoth(lab: Lab, name: string): Promise<readonly unknown[]> {
  await using machine = createMachinePorts();
  const ports = { ...machine, env: labEnv(lab), log: recordingLog() };
  const repository = parseRepository(`${lab.mirror}/library/${name}`, 'a test');
  const digest = parseDigest(await crane(lab, 'digest', `${repository}:3.11-slim`), 'a test');
  const { platforms } = await readImage(repositoryContent(registryFor(ports, undefined), repository), digest);
  const exec = {
    run: (...[program, args, more]: Parameters<typeof machine.exec.run>) =>
      machine.exec.run(program, args, { env: labEnv(lab), ...more }),
  };
  const reference = `${repository}@${digest}`;
  await docker(lab, 'pull', '--quiet', reference);
  try {
    return [platforms.map(startOf)[0], await readStartImage(exec, reference)];
  } finally {
    await docker(lab, 'image', 'rm', reference);
  }
}
