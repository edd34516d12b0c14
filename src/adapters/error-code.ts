/** The system's code of an error, such as ENOENT, where it has one. */
export function errorCode(error: unknown): string | undefined {
  if (!(typeof error === 'object' && error !== null && 'code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
