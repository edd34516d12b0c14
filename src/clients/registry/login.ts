/** How a user proves to a registry who they are. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A refresh token that `docker login` got; it is good for a token server only. */
  | { readonly kind: 'identity'; readonly token: string };

/** Finds the credentials for a registry host; without any, requests are anonymous. */
export type FindCredentials = (host: string) => Promise<Credentials | undefined>;

/** Whom a login names, for the words of an error. */
export function userIn(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined) return undefined;
  return credentials.kind === 'password' ? `the user ${credentials.username}` : 'the owner of the identity token';
}

/** The value of an Authorization header (RFC 7617, in UTF-8). */
export function basicHeader(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}
