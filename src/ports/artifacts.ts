/** Files that travel between the jobs of one run. */
export interface Artifacts {
  /** Uploads files under a name; one of that name from an earlier attempt is replaced. */
  upload(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<void>;
  /** The files of an artifact, or undefined when this run has none of that name. */
  download(name: string): Promise<Readonly<Record<string, Uint8Array>> | undefined>;
}
