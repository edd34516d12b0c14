import type { Repository, Tag } from '../../domain/image-ref.ts';
import { discard } from './answer.ts';
import type { Attempt } from './failure.ts';
import type { Transport } from './transport.ts';

/** What became of a tag that was to be deleted; `unsupported` where the registry deletes no tags. */
export type TagDeletion = 'deleted' | 'absent' | 'unsupported';

/** Registries that know no deletion of tags take the tag for a digest that is none (400), or the request for none (405, 501). */
const unsupported = [400, 405, 501];

/** Asks for the deletion of a tag. What else goes with it, the answer does not say. */
export async function deleteTag(transport: Transport, repository: Repository, tag: Tag): Promise<TagDeletion> {
  const attempt: Attempt = { repository, right: 'push', what: `the tag ${tag}`, reference: tag };
  const at = `manifests/${tag}`;
  const expected = [200, 202, 204, 404, ...unsupported];
  const response = await transport.send({ attempt, method: 'DELETE', at, expected, isRefusalExpected: true });
  await discard(response);
  if (unsupported.includes(response.status)) return 'unsupported';
  // When the reply to the first try was lost, the second one finds nothing.
  return response.status === 404 && response.tries.attempts === 1 ? 'absent' : 'deleted';
}
