/** The members of a configuration of Docker's. A broken one has none: Docker itself says what is wrong with it. */
export function dockerConfigMembers(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}
