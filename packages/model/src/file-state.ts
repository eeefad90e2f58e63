/** A file or folder as it was at some time: whether it is still the same is told by these. */
export interface FileState {
  /** Absolute. */
  readonly path: string;
  /** Milliseconds since 1970, 0 for a folder; null: it was not there. */
  readonly modifiedMs: number | null;
  /** Bytes of a file, a number made of the names in a folder; 0 when it was not there. */
  readonly size: number;
  /** Its number in its file system: another file in its place has another one. */
  readonly inode: number;
}
