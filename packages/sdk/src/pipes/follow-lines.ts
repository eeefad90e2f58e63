import { watch } from "node:fs";
import { open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";

const CHUNK_BYTES = 65_536;

/** Reads the lines of a file while it grows. */
export interface FollowedLines {
  /** Reads what is left, also a last line without an end, and stops. */
  close(): Promise<void>;
}

/** Hands every line of a file to `onLine` as soon as it is whole. The file must exist. Empty lines are left out. */
export async function followLines(path: string, onLine: (line: string) => void): Promise<FollowedLines> {
  const file = await open(path, "r");
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const decoder = new StringDecoder("utf8");
  /** What has been read of the line that has no end yet, piece by piece: joining at each piece would cost the square of its length. */
  let unfinished: string[] = [];
  let isDue = false;
  let reading: Promise<void> = Promise.resolve();

  const handOver = (lines: readonly string[]): void => {
    for (const line of lines) if (line.trim() !== "") onLine(line);
  };
  const readOn = async (): Promise<void> => {
    isDue = false;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      const [first = "", ...others] = decoder.write(buffer.subarray(0, bytesRead)).split("\n");
      unfinished.push(first);
      const last = others.pop();
      if (last === undefined) continue;
      handOver([unfinished.join(""), ...others]);
      unfinished = [last];
    }
  };
  const watcher = watch(path, () => {
    if (isDue) return;
    isDue = true;
    // What fails here fails again when the rest is read, and is reported there.
    reading = reading.then(readOn).catch(() => {});
  });
  // Without a watcher the lines come late, all at the end, but they come.
  watcher.on("error", () => watcher.close());

  return {
    close: async () => {
      watcher.close();
      try {
        await reading;
        await readOn();
        handOver([unfinished.join("") + decoder.end()]);
      } finally {
        await file.close();
      }
    },
  };
}
