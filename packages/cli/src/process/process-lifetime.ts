import { backgroundClock } from "@millrace/model/time/clock";

/** How often it is looked whether the shell that npm started us in is still there: nothing tells of its end. */
const LOOK_FOR_SHELL_MS = 1_000;

/**
 * Resolves with the cause when this process should end in order: Ctrl-C, SIGTERM, the end of its terminal, or the end of the process that
 * started it over an IPC channel (so that nothing is left behind when `millrace dev` is killed) or as npm and npx do, in a shell, which is all
 * that they hand a SIGTERM on to. A second Ctrl-C or SIGTERM ends it at once.
 */
export async function untilAskedToStop(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const ask = (cause: string) => {
      asked = true;
      resolve(cause);
    };
    const askOrEnd = (signal: string) => (asked ? process.exit(130) : ask(signal));
    process.on("SIGINT", askOrEnd);
    process.on("SIGTERM", askOrEnd);
    process.on("SIGHUP", () => {
      // What is printed from now on gets nowhere, and is no reason to end in disorder. The shell may send a second one.
      for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
      ask("SIGHUP");
    });
    if (process.channel) {
      process.on("disconnect", () => ask("the starting process ended"));
      // A listener alone would keep the process alive after its work is done.
      process.channel.unref();
    }
    if (process.env["npm_command"] !== undefined) {
      void untilShellEnds(process.ppid).then(() => ask("npm ended"));
    }
  });
}

async function untilShellEnds(shell: number): Promise<void> {
  const never = new AbortController().signal;
  while (process.ppid === shell) await backgroundClock.sleep(LOOK_FOR_SHELL_MS, never);
}
