import { isDigest } from '../../domain/digest.ts';
import { mediaTypes } from '../../formats/oci.ts';
import type { ServedResponse } from '../../ports/http-server.ts';
import { listReferrers, referrersIndex } from '../referrers.ts';
import type { RepositoryFolder } from '../repository.ts';
import { document, refusal } from './answers.ts';

/** Answers the list of tags, in pages where the request asks for them. */
export async function listTags(repository: RepositoryFolder, query: URLSearchParams): Promise<ServedResponse> {
  const asked = query.get('n');
  const last = query.get('last') ?? '';
  if (asked !== null && !/^\d{1,9}$/.test(asked)) {
    return refusal(400, 'PAGINATION_NUMBER_INVALID', 'n is a number of tags');
  }
  const rest = (await repository.tags()).filter((tag) => tag > last);
  const tags = asked === null ? rest : rest.slice(0, Number(asked));
  const end = tags.at(-1);
  const next = `/v2/${repository.name}/tags/list?n=${asked}&last=${end}`;
  const headers = end !== undefined && tags.length < rest.length ? { link: `<${next}>; rel="next"` } : {};
  return document(200, JSON.stringify({ name: repository.name, tags }), headers);
}

/** Answers the referrers of a digest. There always is a list: a 404 would say that this registry has no such API. */
export async function listReferrersOf(
  repository: RepositoryFolder | undefined,
  subject: string,
  query: URLSearchParams,
): Promise<ServedResponse> {
  if (!isDigest(subject)) return refusal(400, 'DIGEST_INVALID', 'the subject is no sha256 or sha512 digest');
  const all = referrersIndex((await repository?.referrers(subject)) ?? []);
  const artifactType = query.get('artifactType');
  const headers = { 'content-type': mediaTypes.index };
  if (artifactType === null) return document(200, all, headers);
  const filtered = referrersIndex(listReferrers(all, artifactType));
  return document(200, filtered, { ...headers, 'oci-filters-applied': 'artifactType' });
}
