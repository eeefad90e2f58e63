import { suggestNear } from "@millrace/model/near-names";
import type { Command } from "commander";
import { formatTable } from "../terminal/style.ts";
import { CommandError, createUserApi, type UserApi } from "../user-api/client.ts";
import {
  AgentTokensDocument,
  CreateAgentTokenDocument,
  RevokeAgentTokenDocument,
  type AgentTokensQuery,
} from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";

type AgentToken = AgentTokensQuery["agentTokens"][number];

/** `millrace agent token …`: makes, lists and revokes what agents come with. */
export function addTokenCommands(agent: Command): void {
  const token = agent.command("token").description("Make, list and revoke tokens for agents");
  token
    // `millrace agent token NAME` makes one too.
    .command("create", { isDefault: true })
    .description("Make a token for agents and print it; it is shown this once")
    .argument("<name>", "where it will be used, such as the name of a cluster")
    .option("--queue <name...>", "queues whose work its agents may do (default: every one)")
    .addOption(urlOption())
    .action(async (name: string, { url, queue }: { url: string; queue?: string[] }) => {
      const { createAgentToken } = await createUserApi(url).send(CreateAgentTokenDocument, {
        name,
        queues: queue ?? null,
      });
      console.log(createAgentToken.token);
    });
  token
    .command("list")
    .description("All tokens: for which queues, when they were last used, whether they are revoked")
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(listTokens);
  token
    .command("revoke")
    .description("Revoke a token: agents that have it get nothing from that moment on")
    .argument("<token>", "its id, or its name when no other token has that")
    .addOption(urlOption())
    .action(revokeToken);
}

async function listTokens({ url, json = false }: { url: string; json?: boolean }): Promise<void> {
  const { agentTokens } = await createUserApi(url).send(AgentTokensDocument, {});
  if (json) {
    for (const token of agentTokens) console.log(JSON.stringify(token));
    return;
  }
  const rows = agentTokens.map(({ id, name, queues, lastUsedAt, revokedAt }) => [
    id,
    name,
    queues === null ? "every one" : queues.join(" "),
    lastUsedAt ?? "never",
    revokedAt === null ? "" : `revoked ${revokedAt}`,
  ]);
  console.log(
    rows.length === 0 ? "No tokens." : formatTable(["ID", "NAME", "QUEUES", "LAST USED", ""], rows),
  );
}

async function revokeToken(which: string, { url }: { url: string }): Promise<void> {
  const api = createUserApi(url);
  const { id, name } = await findToken(api, which);
  await api.send(RevokeAgentTokenDocument, { id });
  console.log(`Revoked ${name} (${id})`);
}

/** The token with this id, or the only one of this name that is not revoked. @throws CommandError */
async function findToken(api: UserApi, which: string): Promise<AgentToken> {
  const { agentTokens } = await api.send(AgentTokensDocument, {});
  const known = agentTokens.find(({ id }) => id === which);
  if (known) return known;
  const [only, ...others] = agentTokens.filter(({ name, revokedAt }) => name === which && revokedAt === null);
  if (only === undefined) {
    const usable = agentTokens.filter(({ revokedAt }) => revokedAt === null);
    const hint = suggestNear(which, new Set(usable.map(({ name }) => name)));
    throw new CommandError(
      `There is no token "${which}" that agents could use${hint || ": millrace agent token list"}`,
    );
  }
  if (others.length > 0) {
    const ids = [only, ...others].map(({ id }) => id).join(", ");
    throw new CommandError(`Several tokens have the name "${which}": give the id of one, ${ids}`);
  }
  return only;
}
