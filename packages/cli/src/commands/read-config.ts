import { readFile } from "node:fs/promises";
import { CommandError } from "../user-api/client.ts";

/** What `--config` gives: run config as JSON, or `@` and a file that holds it. */
export async function readConfig(text: string): Promise<unknown> {
  const source = text.startsWith("@") ? await readConfigFile(text.slice(1)) : text;
  try {
    return JSON.parse(source) as unknown;
  } catch (cause) {
    throw new CommandError(`--config is not JSON: ${(cause as Error).message}`, { cause });
  }
}

async function readConfigFile(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new CommandError(`--config: can't read ${file}: ${(cause as Error).message}`, { cause });
  });
}
