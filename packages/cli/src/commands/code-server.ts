import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCodeServer } from "@millrace/runtime/code-server/main";

/** `millrace api code-server`. Started by agents, never by hand, so it reads its few options itself. */
export async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === null) return;
  const { location, socket, entry, announce } = options;
  await runCodeServer({
    location,
    socket,
    entry,
    workingDirectory: resolve(options["working-directory"]),
    announceFile: announce ?? null,
  });
}

const OPTIONS = {
  "working-directory": { type: "string" },
  entry: { type: "string" },
  location: { type: "string" },
  socket: { type: "string" },
  announce: { type: "string" },
} as const;

type Options = Record<Exclude<keyof typeof OPTIONS, "announce">, string> & { readonly announce?: string };

function readOptions(args: readonly string[]): Options | null {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { entry, location, socket, announce, "working-directory": workingDirectory } = values;
    if (
      entry !== undefined &&
      location !== undefined &&
      socket !== undefined &&
      workingDirectory !== undefined
    )
      return {
        entry,
        location,
        socket,
        "working-directory": workingDirectory,
        ...(announce === undefined ? {} : { announce }),
      };
    throw new Error("each of --working-directory, --entry, --location and --socket is needed");
  } catch (error) {
    console.error(`millrace api code-server: ${(error as Error).message} (--help shows what it takes)`);
    process.exitCode = 2;
    return null;
  }
}
