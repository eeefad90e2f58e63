import { parseLocationDocument, type LocationDocument } from "@millrace/model/location-document";
import type { AgentContext } from "../context/agent-context.ts";
import type { CodeServer } from "../launchers/launcher.ts";
import type { CodeServerClient } from "../launchers/code-server-client.ts";
import type { Environment } from "../policy/given-environment.ts";
import { withSecrets } from "../policy/resolve-secrets.ts";
import { checkLocationDocument } from "../policy/location-policy.ts";
import { createRevisionFolder } from "./code-server-state.ts";
import { publishLoaded, publishLoading } from "./publish-location.ts";

/** What the control plane wants served under a location's name. */
export interface DesiredLocation {
  readonly name: string;
  readonly revision: number;
  readonly document: unknown;
}

/** A code server that is ready, described, and known to the control plane. */
export interface LoadedLocation {
  readonly revision: number;
  readonly document: LocationDocument;
  /** What its processes are given besides; never on disk. */
  readonly secrets: Environment;
  readonly directory: string;
  readonly codeServer: CodeServer;
  readonly client: CodeServerClient;
}

/**
 * Starts a code server for one revision beside whatever serves now, and tells the control plane what it defines.
 *
 * @param folder the location's folder.
 * @param isRetry its failure stands at the control plane until a try succeeds.
 * @throws InvalidLocationDocument, DocumentRefused, CodeNotSupported, DefinitionsFailed, LaunchFailed, or what asking the control plane throws. Then nothing
 *   is left running, or is about to end.
 */
export async function loadLocation(
  context: AgentContext,
  wanted: DesiredLocation,
  folder: string,
  isRetry: boolean,
  signal: AbortSignal,
): Promise<LoadedLocation> {
  const { uplink, launcher, policy, agentId, logger, resolveSecrets } = context;
  const { name } = wanted;
  const revision = { agentId, name, revision: wanted.revision };
  const document = parseLocationDocument(wanted.document);
  checkLocationDocument(document, policy);
  const directory = createRevisionFolder(folder, wanted.revision);
  // The loading goes on when this report fails: the page then shows the revision only once it has loaded.
  const told = isRetry ? null : publishLoading(uplink, revision, signal).catch(() => {});
  const secrets = await resolveSecrets(name, signal);
  const launch = { locationName: name, document: withSecrets(document, secrets), directory };
  const codeServer = await launcher.startCodeServer(launch, signal);
  let client: CodeServerClient | null = null;
  try {
    client = await codeServer.connect();
    const snapshot = await client.describe(signal);
    await told;
    await publishLoaded(uplink, revision, codeServer, snapshot, signal);
    return { revision: wanted.revision, document, secrets, directory, codeServer, client };
  } catch (error) {
    client?.close();
    void codeServer
      .stop()
      .catch((cause: unknown) =>
        logger.error({ location: name, err: cause }, "a code server could not be stopped"),
      );
    throw error;
  }
}

/** Tells the control plane again what a code server defines that already serves: it may have lost it, or never learned it. */
export async function publishAgain(
  context: AgentContext,
  name: string,
  loaded: LoadedLocation,
  signal: AbortSignal,
): Promise<void> {
  const snapshot = await loaded.client.describe(signal);
  const revision = { agentId: context.agentId, name, revision: loaded.revision };
  await publishLoaded(context.uplink, revision, loaded.codeServer, snapshot, signal);
}
