/** A text of a Dockerfile with `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` put in; unknown names are empty. */
export function expandVariables(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\\(\$)|\$\{([A-Za-z_]\w*)(?:(:?[-+])((?:[^{}]|\$\{[^{}]*\})*))?\}|\$([A-Za-z_]\w*)/g,
    (
      _,
      escaped: string | undefined,
      name: string | undefined,
      rule: string | undefined,
      word: string | undefined,
      plain: string | undefined,
    ) => {
      if (escaped !== undefined) return escaped;
      const value = values.get(name ?? plain ?? '');
      if (rule === undefined) return value ?? '';
      // With the colon an empty value counts as none.
      const isSet = value !== undefined && (value !== '' || !rule.startsWith(':'));
      const other = expandVariables(word ?? '', values);
      if (rule.endsWith('-')) return isSet ? (value ?? '') : other;
      return isSet ? other : '';
    },
  );
}
