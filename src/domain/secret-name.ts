const secretName =
  /(?:^|[_-])(?:token|password|passwd|passphrase|secret|credentials?|(?:api|access|private|secret)[_-]?key)$/i;

/** Tells whether a variable holds a secret by its name alone. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}
