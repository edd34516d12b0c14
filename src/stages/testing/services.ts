import { projectOf, startServices } from '../../clients/compose.ts';
import { joinPath } from '../../domain/path.ts';
import type { Subject, TestPorts } from './attempt.ts';

/** Does something while the services of a compose file run; it is told their network. */
export async function withServices<T>(
  { exec, random }: Pick<TestPorts, 'exec' | 'random'>,
  { subject, file }: { readonly subject: Subject; readonly file: string | null },
  body: (network: string | undefined) => Promise<T>,
): Promise<T> {
  if (file === null) return body(undefined);
  const { folder } = subject;
  const project = projectOf(subject.owner, random.hex(6));
  await using services = await startServices(exec, { file: joinPath(folder, file), project, folder });
  return await body(services.network);
}
