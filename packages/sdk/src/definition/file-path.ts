import { fileURLToPath } from "node:url";

/** The path of a file that is named by its path or by its URL. */
export function filePath(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}
