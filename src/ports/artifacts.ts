/** Files that travel between the jobs of one run. */
export interface Artifacts {
  /** Uploads files under a name; one of that name from an earlier attempt is replaced. */
  upload(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<void>;
  /** The files of an artifact, or undefined when this run has none of that name. */
  download(name: string): Promise<Readonly<Record<string, Uint8Array>> | undefined>;
}

/** Files of any size that travel in the same way; they lie on the disk before and after. */
export interface ArtifactFolders {
  /** Uploads the files of a folder as they are, for they are packed already; what an earlier attempt uploaded under the name is replaced. */
  uploadFolder(name: string, folder: string): Promise<void>;
  /** Puts the files of an artifact into an empty folder; false when this run has none of that name. */
  downloadTo(name: string, folder: string): Promise<boolean>;
}
