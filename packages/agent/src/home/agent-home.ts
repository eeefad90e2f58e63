import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@millrace/model/expected-error";
import type { Ids } from "@millrace/model/randomness";
import { describeLockHolder, tryLockFile } from "@millrace/protocol/homes/file-lock";
import { explainHomeError } from "@millrace/protocol/homes/prepare-home";
import type { Logger } from "pino";
import type { AgentFolders } from "../context/agent-context.ts";
import { parseFields, readStateFile, textField, writeStateFile } from "./state-file.ts";

/** Another agent works in this home. */
export class AgentHomeInUse extends ExpectedError {
  readonly code = "agent_home_in_use";
}

/** An agent's home: who it is and what it must not forget. */
export interface AgentHome {
  /** The same after every restart with this home. */
  readonly agentId: string;
  readonly folders: AgentFolders;
  /** Lets another agent use the home. */
  release(): void;
}

/**
 * Opens an agent's home for this process alone, and makes one where there is none. Only this user may enter it: it holds
 * the tokens of runs.
 *
 * @throws AgentHomeInUse when a living agent has it, in this container or another; HomeUnusable when nothing can be kept in it,
 *   such as on a full disk; FileLockUnavailable where files can't be locked.
 */
export function openAgentHome(home: string, ids: Ids, logger: Logger): AgentHome {
  try {
    return openHome(home, ids, logger);
  } catch (error) {
    throw explainHomeError(home, error);
  }
}

function openHome(home: string, ids: Ids, logger: Logger): AgentHome {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chmodSync(home, 0o700);
  const lockFile = join(home, "lock");
  const lock = tryLockFile(lockFile);
  if (lock === null) {
    throw new AgentHomeInUse(
      `Another agent (${describeLockHolder(lockFile)}) works in ${home}. Stop it, or give this one a home of its own with --home`,
    );
  }
  const folders = {
    codeServers: join(home, "code-servers"),
    storage: join(home, "storage"),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    agentId: findAgentId(home, ids, logger),
    folders,
    release: () => lock.release(),
  };
}

function findAgentId(home: string, ids: Ids, logger: Logger): string {
  const file = join(home, "agent.json");
  const known = readStateFile(file, (document) => textField(parseFields(document), "agentId"), logger);
  if (known) return known;
  const agentId = ids.newId();
  writeStateFile(file, { agentId });
  return agentId;
}
