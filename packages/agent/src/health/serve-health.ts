import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ExpectedError } from "@millrace/model/expected-error";
import type { WorkContext } from "../requests/work-handler.ts";
import { renderMetrics, type Metric } from "./render-metrics.ts";

/** Where an agent tells whoever watches over its machine how it is. */
export interface HealthAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** The address that is wanted can't be listened on. */
export class HealthAddressTaken extends ExpectedError {
  readonly code = "health_address_taken";
}

/**
 * Serves `/healthz` and `/metrics` until it is disposed of. Neither shows what code does or is given.
 *
 * @throws HealthAddressTaken
 */
export async function serveHealth(
  { host, port }: HealthAddress,
  context: WorkContext,
  labels: Metric["samples"][number]["labels"],
): Promise<Disposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? "").split("?");
    if (request.method !== "GET" && request.method !== "HEAD") response.writeHead(405).end();
    else if (path === "/healthz") response.writeHead(200, { "content-type": "text/plain" }).end("ok\n");
    else if (path === "/metrics")
      response
        .writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" })
        .end(renderMetrics(readMetrics(context, labels)));
    else response.writeHead(404).end();
  });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new HealthAddressTaken(
      `The agent can't listen on ${host}:${port}, as --health asks: ${(cause as Error).message}`,
      { cause },
    );
  }
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const CODE_SERVER_STATES = ["starting", "serving", "failed"];

function readMetrics(
  { uplink, locations, workers, clock }: WorkContext,
  labels: Metric["samples"][number]["labels"],
): Metric[] {
  const servers = locations.report();
  const running = workers.list().filter((worker) => worker.findEnd() === null);
  const { rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    gauge("millrace_agent_info", "The agent, as labels.", 1, labels),
    gauge(
      "millrace_agent_control_plane_reached",
      "Whether the control plane answered last.",
      uplink.isReached() ? 1 : 0,
    ),
    {
      name: "millrace_agent_code_servers",
      help: "Code locations by the state of their code server.",
      type: "gauge",
      samples: CODE_SERVER_STATES.map((state) => ({
        labels: { state },
        value: servers.filter((server) => server.state === state).length,
      })),
    },
    gauge(
      "millrace_agent_locations_failing",
      "Code locations whose newest version does not load.",
      locations.listErrors().length,
    ),
    gauge("millrace_agent_run_workers", "Run workers that have a run.", running.length),
    gauge(
      "millrace_agent_run_workers_ended",
      "Run workers that have ended and whose journal is still to be delivered.",
      workers.list().length - running.length,
    ),
    gauge("millrace_agent_standby_workers", "Run workers that stand by.", locations.offerWorkers().length),
    gauge("process_resident_memory_bytes", "Memory of the agent itself.", rss),
    {
      name: "process_cpu_seconds_total",
      help: "CPU time of the agent itself.",
      type: "counter",
      samples: [{ labels: {}, value: (user + system) / 1e6 }],
    },
    gauge(
      "process_start_time_seconds",
      "When the agent started, since the epoch.",
      Math.round(clock.now() / 1_000 - process.uptime()),
    ),
  ];
}

function gauge(
  name: string,
  help: string,
  value: number,
  labels: Metric["samples"][number]["labels"] = {},
): Metric {
  return { name, help, type: "gauge", samples: [{ labels, value }] };
}
