import { suggestNear } from "@millrace/model/near-names";
import type { Command } from "commander";
import { formatTable } from "../terminal/style.ts";
import { CommandError, createUserApi, type UserApi } from "../user-api/client.ts";
import {
  AgentsDocument,
  DrainAgentDocument,
  RemoveAgentDocument,
  type AgentsQuery,
} from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";

type Agent = AgentsQuery["agents"][number];

/** `millrace agent list`, `drain`, `resume` and `millrace agent remove`: the agents that have come, those to take no more work, and those to forget. */
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
  agent
    .command("drain")
    .description(
      "Have an agent take no more work; its runs go on to their end. It stays so over its restarts",
    )
    .argument("<agent>", "its id, or its name when no other agent has that")
    .addOption(urlOption())
    .action((which: string, { url }: { url: string }) => drainAgent(url, which, true));
  agent
    .command("resume")
    .description("Have an agent that was drained take work again")
    .argument("<agent>", "its id, or its name when no other agent has that")
    .addOption(urlOption())
    .action((which: string, { url }: { url: string }) => drainAgent(url, which, false));
}

async function listAgents({ url, json = false }: { url: string; json?: boolean }): Promise<void> {
  const { agents } = await createUserApi(url).send(AgentsDocument, {});
  if (json) {
    for (const agent of agents) console.log(JSON.stringify(agent));
    return;
  }
  const rows = agents.map(({ id, name, state, queues, hostname, lastHeartbeatAt, drainedAt }) => [
    id,
    name,
    drainedAt === null ? state : `${state}, drained`,
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

async function drainAgent(url: string, which: string, drained: boolean): Promise<void> {
  const api = createUserApi(url);
  const { id, name } = await findAgent(api, which);
  const { drainAgent: agent } = await api.send(DrainAgentDocument, { id, drained });
  if (agent === null) throw new CommandError(`The agent ${name} (${id}) was removed`);
  const { runWorkers = [] } = agent.report as { readonly runWorkers?: readonly unknown[] };
  const runs = `${runWorkers.length} ${runWorkers.length === 1 ? "run goes" : "runs go"} on`;
  console.log(drained ? `${name} takes no more work; ${runs}` : `${name} takes work again`);
}

async function removeAgent(which: string, { url }: { url: string }): Promise<void> {
  const api = createUserApi(url);
  const agent = await findAgent(api, which);
  const { removeAgent: isRemoved } = await api.send(RemoveAgentDocument, { id: agent.id });
  if (!isRemoved)
    throw new CommandError(
      `Agent ${agent.name} (${agent.id}) runs: stop it, or revoke its token, before you remove it`,
    );
  console.log(`Removed ${agent.name} (${agent.id})`);
}

/** @throws CommandError when there is no such agent, or several have the name. */
async function findAgent(api: UserApi, which: string): Promise<Agent> {
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
  return agent;
}
