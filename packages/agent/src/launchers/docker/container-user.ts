import { parseFields } from "../../home/state-file.ts";
import type { DockerEngine } from "./docker-engine.ts";

/** Asks the engine once as whom containers run that read and write the agent's folders as the agent's user does. */
export function rememberUser(engine: DockerEngine): () => Promise<string | null> {
  let found: string | null = null;
  return async () => (found ??= await findUser(engine));
}

/** As `UID:GID`; null: where there are no such users, whoever the image says. */
async function findUser(engine: DockerEngine): Promise<string | null> {
  if (process.getuid === undefined || process.getgid === undefined) return null;
  const { SecurityOptions: options } = parseFields(
    JSON.parse(await engine.ask({ method: "GET", path: "/info" })),
  );
  const isRootless = Array.isArray(options) && options.some((option) => option === "name=rootless");
  // The root of such a container is the engine's user, who is the agent's; all others in it are nobody outside.
  return isRootless ? "0:0" : `${process.getuid()}:${process.getgid()}`;
}
