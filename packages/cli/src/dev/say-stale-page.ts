import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { paint } from "../terminal/style.ts";

/** Only a checkout has it: a package comes with the page that belongs to it. */
const BUILD_SCRIPT = fileURLToPath(new URL("../../../../scripts/build-web.ts", import.meta.url));

/** Says in a checkout whose page was built from other sources than it has, or not at all, how to build it. */
export async function sayStalePage(say: (line: string) => void, script = BUILD_SCRIPT): Promise<void> {
  if (!existsSync(script)) return;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  execFile(process.execPath, [script, "--check"], (error) => resolve(error === null));
  if (await promise) return;
  say(`${paint("yellow", "!")} The page is not built from the sources of this checkout: node ${script}`);
}
