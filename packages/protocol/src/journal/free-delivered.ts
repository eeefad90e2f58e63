/**
 * Gives the disk back what the first `until` bytes of a file take there; the file keeps its length, so that whoever appends to
 * it or reads behind them notices nothing. Resolves to false where the system has no program for it, or the file system no holes.
 */
export async function freeDelivered(path: string, until: number): Promise<boolean> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve) => {
    execFile("fallocate", ["--punch-hole", "--offset", "0", "--length", String(until), path], (error) =>
      resolve(error === null),
    );
  });
}
