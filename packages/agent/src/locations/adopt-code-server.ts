import type { LocationDocument } from "@millrace/model/location-document";
import type { Logger } from "pino";
import type { AgentContext } from "../context/agent-context.ts";
import type { CodeServer, Launcher } from "../launchers/launcher.ts";
import { checkLocationDocument, DocumentRefused, type LocationPolicy } from "../policy/location-policy.ts";
import { createRevisionFolder, listCodeServerStates } from "./code-server-state.ts";
import type { LoadedLocation } from "./load-location.ts";

/**
 * Takes over the newest code server of a location that an earlier agent left running, and stops older ones, and any that this
 * agent's operator does not allow any more.
 */
export async function adoptCodeServer(
  { launcher, policy, resolveSecrets }: Pick<AgentContext, "launcher" | "policy" | "resolveSecrets">,
  name: string,
  folder: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<LoadedLocation | null> {
  let adopted: LoadedLocation | null = null;
  for (const { revision, document, record } of listCodeServerStates(folder, logger)) {
    const codeServer = await findCodeServer(launcher, record, logger);
    if (!codeServer) continue;
    const secrets = await resolveSecrets(name, signal).catch((error: unknown) => {
      logger.error({ err: error }, "a running code server is not adopted without its secrets");
      return null;
    });
    if (adopted || secrets === null || !isAllowed(document, policy)) {
      void codeServer
        .stop()
        .catch((error: unknown) => logger.error({ err: error }, "an old code server could not be stopped"));
      continue;
    }
    logger.info({ revision, server: codeServer.place }, "adopted a running code server");
    const directory = createRevisionFolder(folder, revision);
    const client = await codeServer.connect();
    adopted = { revision, document, secrets, directory, codeServer, client };
  }
  return adopted;
}

function isAllowed(document: LocationDocument, policy: LocationPolicy): boolean {
  try {
    checkLocationDocument(document, policy);
    return true;
  } catch (error) {
    if (error instanceof DocumentRefused) return false;
    throw error;
  }
}

async function findCodeServer(
  launcher: Launcher,
  record: unknown,
  logger: Logger,
): Promise<CodeServer | null> {
  try {
    return await launcher.findCodeServer(record);
  } catch (error) {
    logger.error({ err: error }, "the record of a code server can't be read; it is passed over");
    return null;
  }
}
