import { suggestNear } from "@millrace/model/near-names";
import type { Command } from "commander";
import { formatTable } from "../terminal/style.ts";
import { CommandError, createUserApi } from "../user-api/client.ts";
import { AgentsDocument, RemoveAgentDocument } from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";

/** `millrace agent list` and `millrace agent remove`: the agents that have come, and those to forget. */
export function addAgentListCommands(agent: Command): void {
  agent
    .command("list")
    .description("All agents that have come: whether they run, what they serve, when they were heard of last")
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(listAgents);
  agent
    .command("remove")
    .description("Forget an agent that has stopped or is out of reach; if it comes back, it is there again")
    .argument("<agent>", "its id, or its name when no other agent has that")
    .addOption(urlOption())
    .action(removeAgent);
}

async function listAgents({ url, json = false }: { url: string; json?: boolean }): Promise<void> {
  const { agents } = await createUserApi(url).send(AgentsDocument, {});
  if (json) {
    for (const agent of agents) console.log(JSON.stringify(agent));
    return;
  }
  const rows = agents.map(({ id, name, state, queues, hostname, lastHeartbeatAt }) => [
    id,
    name,
    state,
    queues.join(" "),
    hostname,
    lastHeartbeatAt,
  ]);
  console.log(
    rows.length === 0
      ? "No agents."
      : formatTable(["ID", "NAME", "STATE", "QUEUES", "HOST", "LAST HEARD OF"], rows),
  );
}

async function removeAgent(which: string, { url }: { url: string }): Promise<void> {
  const api = createUserApi(url);
  const { agents } = await api.send(AgentsDocument, {});
  const named = agents.filter(({ name }) => name === which);
  const [agent, ...others] = agents.some(({ id }) => id === which)
    ? agents.filter(({ id }) => id === which)
    : named;
  if (agent === undefined) {
    const hint = suggestNear(which, new Set(agents.map(({ name }) => name)));
    throw new CommandError(`There is no agent "${which}"${hint || ": millrace agent list"}`);
  }
  if (others.length > 0)
    throw new CommandError(
      `Several agents have the name "${which}": give the id of one, ${named.map(({ id }) => id).join(", ")}`,
    );
  const { removeAgent: isRemoved } = await api.send(RemoveAgentDocument, { id: agent.id });
  if (!isRemoved)
    throw new CommandError(
      `Agent ${agent.name} (${agent.id}) runs: stop it, or revoke its token, before you remove it`,
    );
  console.log(`Removed ${agent.name} (${agent.id})`);
}
