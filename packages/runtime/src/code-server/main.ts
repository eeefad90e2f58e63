import { renameSync, writeFileSync } from "node:fs";
import { backgroundClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { pruneCompileCache } from "../loading/compile-cache.ts";
import { loadLocation } from "../loading/load-location.ts";
import { describeLoadingError } from "../loading/loading-errors.ts";

/** The agent asks at once what the code defines: what can wait does not stand in its way. */
const PRUNE_AFTER_MS = 5_000;

/** Options of `millrace api code-server`. */
export interface CodeServerOptions {
  /** Absolute folder of the project. */
  readonly workingDirectory: string;
  /** The file that exports the definitions, relative to the folder. */
  readonly entry: string;
  /** Name of the code location, for the log. */
  readonly location: string;
  /** Path of the unix socket to serve on. */
  readonly socket: string;
  /** File to say `ready` or `failed` in, where there is no IPC channel to say it over, as in a container; null: none. */
  readonly announceFile: string | null;
}

/**
 * A code server: loads one version of one code location and serves it over gRPC until it is told to stop or nobody looks
 * after it any more. Says `ready` or `failed` over IPC or in a file, and in its log.
 */
export async function runCodeServer(options: CodeServerOptions): Promise<void> {
  const { workingDirectory, entry, location, socket, announceFile } = options;
  const startedAt = performance.now();
  // Code that is evaluated tick after tick: one stray rejection must not take the other definitions down.
  process.on("uncaughtException", (error) => console.error("An error that no code caught:", error));
  process.on("unhandledRejection", (error) => console.error("A rejection that no code caught:", error));
  try {
    // The bundler is a process of its own: what serving needs is imported while it works.
    const [loaded, { serveLocation }] = await Promise.all([
      loadLocation(workingDirectory, entry),
      import("./serve-location.ts"),
    ]);
    await serveLocation(loaded, workingDirectory, socket, announceFile !== null);
    console.log(
      `Serving ${location} (${entry}) on ${socket}, loaded in ${Math.round(performance.now() - startedAt)} ms`,
    );
    const { bundle, warnings } = loaded;
    for (const warning of warnings) console.warn(`Warning: ${warning}`);
    await announce(
      { type: "ready", codeDigest: bundle.digest, bundle: bundle.worker, warnings },
      announceFile,
    );
    after(backgroundClock, PRUNE_AFTER_MS, pruneQuietly);
  } catch (error) {
    const info = describeLoadingError(error);
    console.error(info.stack ?? info.message);
    await announce({ type: "failed", error: info }, announceFile);
    process.exit(1);
  }
}

function pruneQuietly(): void {
  try {
    pruneCompileCache();
  } catch (error) {
    console.error("The compile cache can't be pruned:", error);
  }
}

/** Tells the agent, and waits until it is told; a server that was started by hand has nobody to tell. */
function announce(message: object, file: string | null): Promise<void> {
  return new Promise((resolve) => {
    if (file !== null) {
      // In one step: whoever watches for the file finds it whole.
      writeFileSync(`${file}.new`, JSON.stringify(message));
      renameSync(`${file}.new`, file);
      resolve();
    } else if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}
