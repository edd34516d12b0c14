/** Files in which package managers write down what is installed; each is small. */
export const maxDatabaseBytes = 32 * 1024 * 1024;

/** Tells whether a path of a layer is such a file. */
export function isPackageDatabase(path: string): boolean {
  return apkDatabase.test(path) || /^var\/lib\/dpkg\/status(?:\.d\/[^/]+)?$/.test(path);
}

const apkDatabase = /^(?:usr\/)?lib\/apk\/db\/installed$/;

/** The packages that such a file names, with their versions. */
export function packagesIn(path: string, text: string): ReadonlyMap<string, string> {
  const [name, version] = apkDatabase.test(path)
    ? [/^P:(.+)$/m, /^V:(.+)$/m]
    : [/^Package: *(.+)$/m, /^Version: *(.+)$/m];
  const found = new Map<string, string>();
  for (const paragraph of text.split(/\r?\n\r?\n/)) {
    const isGone = /^Status: .*(?:deinstall|not-installed|config-files)/m.test(paragraph);
    const [, own] = name.exec(paragraph) ?? [];
    const [, its] = version.exec(paragraph) ?? [];
    if (own !== undefined && its !== undefined && !isGone) found.set(own.trim(), its.trim());
  }
  return found;
}

/** The package of Python that a path belongs to, by the folder that pip and poetry write for each. */
export function pythonPackageAt(path: string): readonly [string, string] | undefined {
  const [, name, version] = /(?:site|dist)-packages\/([^/]+?)-([^/-]+)\.dist-info(?:\/|$)/.exec(path) ?? [];
  return name === undefined || version === undefined ? undefined : [name.toLowerCase().replaceAll('_', '-'), version];
}
