import { createHash } from "node:crypto";
import { basename } from "node:path";

/** SHA-256, hex, of files with their names, in the order in which they are given, after what they build on. */
export function digestOf(
  files: readonly { readonly path: string; readonly contents: Uint8Array }[],
  base = "",
): string {
  const hash = createHash("sha256").update(base);
  for (const { path, contents } of files)
    hash.update(`${basename(path)}\n${contents.length}\n`).update(contents);
  return hash.digest("hex");
}
