/**
 * Resolves with the cause when this process should end in order: Ctrl-C, SIGTERM, or the end of the process that started it over
 * an IPC channel (so that nothing is left behind when `millrace dev` is killed). A second signal ends it at once.
 */
export async function untilAskedToStop(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const ask = (cause: string) => {
      if (asked && cause !== "the starting process ended") process.exit(130);
      asked = true;
      resolve(cause);
    };
    process.on("SIGINT", () => ask("SIGINT"));
    process.on("SIGTERM", () => ask("SIGTERM"));
    if (process.channel) {
      process.on("disconnect", () => ask("the starting process ended"));
      // A listener alone would keep the process alive after its work is done.
      process.channel.unref();
    }
  });
}
