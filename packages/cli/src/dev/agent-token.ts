import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UserApi } from "../user-api/client.ts";
import { CreateAgentTokenDocument } from "../user-api/documents.gen.ts";

/** The token of the agent that `millrace dev` starts: made once for a home, kept in a file that only its owner reads. */
export async function findAgentToken(api: UserApi, home: string): Promise<string> {
  const file = join(home, "agent-token");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const { createAgentToken } = await api.send(CreateAgentTokenDocument, { name: "millrace dev" });
  writeFileSync(file, createAgentToken.token, { mode: 0o600 });
  return createAgentToken.token;
}
