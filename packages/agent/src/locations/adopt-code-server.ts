import type { Logger } from "pino";
import type { AgentContext } from "../context/agent-context.ts";
import type { CodeServer, Launcher } from "../launchers/launcher.ts";
import { createCodeServerClient } from "./code-server-client.ts";
import { createRevisionFolder, listCodeServerStates } from "./code-server-state.ts";
import type { LoadedLocation } from "./load-location.ts";

/** Takes over the newest code server of a location that an earlier agent left running, and stops older ones. */
export function adoptCodeServer(
  { launcher, clock }: Pick<AgentContext, "launcher" | "clock">,
  folder: string,
  logger: Logger,
): LoadedLocation | null {
  let adopted: LoadedLocation | null = null;
  for (const { revision, document, record } of listCodeServerStates(folder, logger)) {
    const codeServer = findCodeServer(launcher, record, logger);
    if (!codeServer) continue;
    if (adopted) {
      void codeServer
        .stop()
        .catch((error: unknown) => logger.error({ err: error }, "an old code server could not be stopped"));
      continue;
    }
    logger.info({ revision, serverPid: codeServer.pid }, "adopted a running code server");
    const directory = createRevisionFolder(folder, revision);
    adopted = {
      revision,
      document,
      directory,
      codeServer,
      client: createCodeServerClient(codeServer.address, clock),
    };
  }
  return adopted;
}

function findCodeServer(launcher: Launcher, record: unknown, logger: Logger): CodeServer | null {
  try {
    return launcher.findCodeServer(record);
  } catch (error) {
    logger.error({ err: error }, "the record of a code server can't be read; it is passed over");
    return null;
  }
}
