/** A text as YAML: plain where nothing could read it as anything else, and in quotes otherwise. */
export function yamlScalar(text: string): string {
  const isPlain =
    /^[A-Za-z./_][A-Za-z0-9./_-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n|~)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}

/** Texts as a list on one line. */
export function yamlList(texts: readonly string[]): string {
  return `[${texts.map(yamlScalar).join(', ')}]`;
}
