const secretWords =
  /token|passw|passphrase|secret|credential|(?:^|[._-])(?:auth|pwd|pass)(?:$|[._-])|(?:api|access|private|signing|encryption)[._-]?key/i;

/** What stands in for a value that nobody should read. */
export const mask = '***';

/** Whether the name of a variable, label or argument says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return secretWords.test(name);
}

/** A text without passwords in addresses and without the values of what looks like a secret. */
export function maskedText(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, `$1${mask}@`)
    .replace(/([A-Za-z_][\w.-]*)=("[^"]*"|'[^']*'|\S+)/g, (whole, name: string) =>
      isSecretName(name) ? `${name}=${mask}` : whole,
    );
}
