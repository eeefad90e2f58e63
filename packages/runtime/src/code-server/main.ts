import { rmSync } from "node:fs";
import { Server, ServerCredentials, ServerInterceptingCall } from "@grpc/grpc-js";
import type { DescService } from "@bufbuild/protobuf";
import { Health } from "@millrace/protocol/gen/grpc/health/v1/health_pb";
import { ServerReflection } from "@millrace/protocol/gen/grpc/reflection/v1/reflection_pb";
import { CodeService } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import manifest from "../../package.json" with { type: "json" };
import { loadLocation, type LoadedLocation } from "../loading/load-location.ts";
import { describeLoadingError } from "../loading/loading-errors.ts";
import { createCodeService } from "./code-service.ts";
import { describeLocation } from "./describe/describe-location.ts";
import { toServiceDefinition } from "./grpc-service.ts";
import { createHealthService } from "./health-service.ts";
import { watchForOrphaning, type OrphanWatch } from "./orphan-exit.ts";
import { createReflectionService } from "./reflection-service.ts";

/** How long calls that are under way may take when the server is asked to stop. */
const SHUTDOWN_MS = 10_000;

/** Options of `millrace api code-server`. */
export interface CodeServerOptions {
  /** Absolute folder of the project. */
  readonly workingDirectory: string;
  /** The file that exports the definitions, relative to the folder. */
  readonly entry: string;
  /** Name of the code location, for the log. */
  readonly location: string;
  /** Path of the unix socket to serve on. */
  readonly socket: string;
}

/**
 * A code server: loads one version of one code location and serves it over gRPC until it is told to stop or nobody looks
 * after it any more. Says `ready` or `failed` over IPC, and in its log.
 */
export async function runCodeServer(options: CodeServerOptions): Promise<void> {
  const { workingDirectory, entry, location, socket } = options;
  const startedAt = performance.now();
  // Code that is evaluated tick after tick: one stray rejection must not take the other definitions down.
  process.on("uncaughtException", (error) => console.error("An error that no code caught:", error));
  process.on("unhandledRejection", (error) => console.error("A rejection that no code caught:", error));
  try {
    const loaded = await loadLocation(workingDirectory, entry);
    await serve(loaded, workingDirectory, socket);
    console.log(
      `Serving ${location} (${entry}) on ${socket}, loaded in ${Math.round(performance.now() - startedAt)} ms`,
    );
    await announce({ type: "ready", codeDigest: loaded.bundle.digest, bundle: loaded.bundle.worker });
  } catch (error) {
    const info = describeLoadingError(error);
    console.error(info.stack ?? info.message);
    await announce({ type: "failed", error: info });
    process.exit(1);
  }
}

async function serve(loaded: LoadedLocation, workingDirectory: string, socket: string): Promise<void> {
  const services: readonly DescService[] = [CodeService, Health, ServerReflection];
  const stop = (): void => void shutDown(server, socket);
  const server = createServer(watchForOrphaning(stop));
  const description = describeLocation(loaded, workingDirectory, manifest.version);
  server.addService(toServiceDefinition(CodeService), createCodeService(loaded.definitions, description));
  server.addService(
    toServiceDefinition(Health),
    createHealthService(services.map(({ typeName }) => typeName)),
  );
  server.addService(toServiceDefinition(ServerReflection), createReflectionService(services));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function createServer(watch: OrphanWatch): Server {
  return new Server({
    "grpc.max_send_message_length": -1,
    "grpc.enable_channelz": 0,
    interceptors: [
      (_method, call) => {
        watch.onCall();
        return new ServerInterceptingCall(call);
      },
    ],
  });
}

async function shutDown(server: Server, socket: string): Promise<void> {
  setTimeout(() => server.forceShutdown(), SHUTDOWN_MS).unref();
  await new Promise((resolve) => server.tryShutdown(resolve));
  rmSync(socket, { force: true });
  process.exit(0);
}

/** Tells the agent, and waits until it is told; a server that was started by hand has nobody to tell. */
function announce(message: object): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}
