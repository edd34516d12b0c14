/** The place in an archive that a name leads to, or `undefined` where that is outside of it. */
export function placeIn(name: string, folder = ''): string | undefined {
  if (name.startsWith('/')) return undefined;
  const place: string[] = folder === '' ? [] : folder.split('/');
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') place.push(part);
    else if (place.pop() === undefined) return undefined;
  }
  return place.join('/');
}

/** The folder of a place; empty for the top. */
export function folderOf(place: string): string {
  return place.slice(0, Math.max(0, place.lastIndexOf('/')));
}
