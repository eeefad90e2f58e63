import { Anchor, Code, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { Facts } from "../ui/Facts.tsx";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { shortId } from "../ui/CopyableId.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Chips } from "../ui/Tags.tsx";
import { Age } from "../ui/Time.tsx";
import { type AgentReport, parseAgentReport } from "./agent-report.ts";
import { AgentTokens } from "./AgentTokens.tsx";
import { Daemons } from "./Daemons.tsx";
import { DrainAgentButton } from "./DrainAgentButton.tsx";
import { RemoveAgentButton } from "./RemoveAgentButton.tsx";
import { AgentsDocument, type AgentsQuery } from "./agents.gen.ts";
import styles from "./Agents.module.css";
import { lookOfAgent } from "./agent-look.ts";

type Agent = AgentsQuery["agents"][number];

/** A heartbeat's age is only true if it is asked for often. */
const POLL_MS = 5_000;

/** The agents with their heartbeats and what they look after, the tokens that let agents in, and the daemons of the control plane. */
export function AgentsPage() {
  const { data, error } = useLiveQuery(AgentsDocument, {}, { topics: ["agents"], pollMs: POLL_MS });
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  return (
    <Page title="Agents">
      {data.agents.length === 0 ? (
        <EmptyState title="No agent has come yet">
          Create a token below, then run <Code>millrace agent run --url {window.location.origin}</Code> where
          your code and data are, with the token in <Code>MILLRACE_AGENT_TOKEN</Code>.
        </EmptyState>
      ) : (
        <Stack gap="sm">
          {data.agents.map((agent) => (
            <AgentCard key={agent.id} agent={agent} />
          ))}
        </Stack>
      )}
      <AgentTokens />
      <Daemons />
    </Page>
  );
}

function AgentCard({ agent }: { readonly agent: Agent }) {
  const report = parseAgentReport(agent.report);
  return (
    <article
      className={styles["card"]}
      aria-label={agent.name}
      data-stopped={agent.state === "stopped" || undefined}
    >
      <Group justify="space-between" mb={8}>
        <Group gap={14}>
          <Text fw={600}>{agent.name}</Text>
          <Text size="sm" component="span">
            <StateTag look={lookOfAgent(agent.state)} />
          </Text>
        </Group>
        <Group gap={10}>
          <Text size="sm" className="quiet">
            Heartbeat <Age at={agent.lastHeartbeatAt} />
          </Text>
          {agent.state === "running" || agent.drainedAt !== null ? <DrainAgentButton agent={agent} /> : null}
          {agent.state === "running" ? null : <RemoveAgentButton agent={agent} />}
        </Group>
      </Group>
      <Facts
        facts={[
          [
            "Host",
            <span key="host" className="mono">
              {agent.hostname}
            </span>,
          ],
          ["Kind", `${agent.kind}, version ${agent.version}`],
          ["Started", <Age key="started" at={agent.startedAt} />],
          [
            "Work",
            agent.drainedAt === null ? null : (
              <span key="work">
                takes no more: drained <Age at={agent.drainedAt} />
              </span>
            ),
          ],
          ["Queues", <Chips key="queues" texts={agent.queues} />],
          [
            "Code servers",
            report.codeServers.length > 0 ? <CodeServers key="servers" report={report} /> : null,
          ],
          [
            "Run workers",
            report.runWorkers.length > 0 ? <RunWorkers key="workers" report={report} /> : "none at work",
          ],
        ]}
      />
      {report.errors.map(({ location, error }) => (
        <section key={location} className={styles["error"]}>
          {location === null ? null : <div className="quiet">{location} does not load</div>}
          <ErrorDetails error={error} />
        </section>
      ))}
    </article>
  );
}

function CodeServers({ report }: { readonly report: AgentReport }) {
  return report.codeServers.map((server) => (
    <div key={`${server.locationName} ${server.revision}`}>
      <Anchor
        fz="inherit"
        renderRoot={(props) => (
          <Link to="/locations/$name" params={{ name: server.locationName }} {...props} />
        )}
      >
        {server.locationName}
      </Anchor>{" "}
      <span className="quiet">
        revision {server.revision ?? "?"}, {server.state}
        {server.place === null ? "" : `, ${server.place}`}
      </span>
    </div>
  ));
}

function RunWorkers({ report }: { readonly report: AgentReport }) {
  return report.runWorkers.map((worker) => (
    <div key={`${worker.runId} ${worker.attempt}`}>
      <Anchor
        fz="inherit"
        className="mono"
        aria-label={`Run ${worker.runId}`}
        renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: worker.runId }} {...props} />}
      >
        {shortId(worker.runId)}
      </Anchor>{" "}
      <span className="quiet">{worker.place}</span>
    </div>
  ));
}
