import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocationDocument } from "@millrace/model/location-document";

/** For tests: a folder with a stand-in for `millrace` and a project. */
export interface TestProject {
  readonly folder: string;
  /** The words that start the stand-in. */
  readonly command: readonly string[];
  /** Writes the project's "definitions": what its code server shall do. */
  write(definitions: TestDefinitions): void;
  /** The location document of the project. */
  readonly document: LocationDocument;
}

/** What the stand-in's code server does once it is started. */
export interface TestDefinitions {
  readonly digest: string;
  /** Says that the definitions do not load. */
  readonly fail?: string;
  /** The code of that error. */
  readonly code?: string;
  /** Says that it waits, and does so for ever. */
  readonly hang?: boolean;
  /** Ends without a word, with this exit code. */
  readonly exit?: number;
}

/** For tests: the number in a place that the process launcher tells, such as `process 4711`. */
export function processOf(place: string | null | undefined): number {
  const pid = Number(/^process (\d+)$/.exec(place ?? "")?.[1]);
  if (!Number.isSafeInteger(pid)) throw new Error(`No process is at ${place}`);
  return pid;
}

export function createTestProject(): TestProject {
  const folder = mkdtempSync(join(tmpdir(), "millrace-agent-"));
  const program = join(folder, "stand-in.mjs");
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(program, STAND_IN.replace("GRPC", fileURLToPath(import.meta.resolve("@grpc/grpc-js"))));
  const write = (definitions: TestDefinitions) =>
    writeFileSync(join(project, "definitions.json"), JSON.stringify(definitions));
  write({ digest: "one" });
  return {
    folder,
    command: [process.execPath, program],
    write,
    document: {
      code: { kind: "folder", workingDirectory: project, entry: "definitions.json" },
      queue: "default",
      environment: { GREETING: "hello" },
    },
  };
}

/**
 * Speaks the contract of code servers and run workers, without any SDK. The "bundle" is a file with the digest; what a worker
 * does depends on the name of its job.
 */
const STAND_IN = `
import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const text = { type: "string" };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "working-directory": text, entry: text, location: text, socket: text,
    standby: { type: "boolean" }, bundle: text, "worker-directory": text, "agent-api-url": text,
    announce: text, spec: text, "agent-socket": text,
  },
});
await (positionals[1] === "code-server" ? serve() : work());

function announce(message) {
  if (values.announce === undefined) return process.send(message);
  writeFileSync(values.announce + ".new", JSON.stringify(message));
  renameSync(values.announce + ".new", values.announce);
}

async function serve() {
  const file = join(values["working-directory"], values.entry);
  const { digest, fail, code, exit, hang } = JSON.parse(readFileSync(file, "utf8"));
  if (fail) {
    announce({ type: "failed", error: { name: "Error", message: fail, code, stack: null, cause: null } });
    process.disconnect?.();
    process.exitCode = 1;
    return;
  }
  if (hang) {
    console.error("waiting for the warehouse");
    return setInterval(() => {}, 1000);
  }
  if (exit !== undefined) {
    console.error("about to end with " + exit);
    process.exit(exit);
  }
  const { default: grpc } = await import("GRPC");
  const method = (path, responseStream) => ({
    path, responseStream, requestStream: false,
    requestSerialize: (bytes) => bytes, requestDeserialize: (bytes) => bytes,
    responseSerialize: (bytes) => bytes, responseDeserialize: (bytes) => bytes,
  });
  const server = new grpc.Server();
  server.addService(
    {
      check: method("/grpc.health.v1.Health/Check", false),
      describe: method("/millrace.code.v1.CodeService/Describe", true),
      evaluateSchedule: method("/millrace.code.v1.CodeService/EvaluateSchedule", false),
    },
    {
      check: (call, reply) => reply(null, Buffer.from([0x08, 0x01])),
      describe(call) {
        // Two batches: a header with the code digest, then an asset whose key is the digest.
        const inner = Buffer.concat([Buffer.from([0x1a, digest.length]), Buffer.from(digest)]);
        call.write(Buffer.concat([Buffer.from([0x0a, inner.length]), inner]));
        const asset = Buffer.concat([Buffer.from([0x0a, digest.length]), Buffer.from(digest)]);
        call.write(Buffer.concat([Buffer.from([0x12, asset.length]), asset]));
        call.end();
      },
      evaluateSchedule(call, reply) {
        if (call.request.includes("deadly")) process.exit(9);
        // TickResponse.skip_reason: the digest.
        reply(null, Buffer.concat([Buffer.from([0x12, digest.length]), Buffer.from(digest)]));
      },
    },
  );
  server.bindAsync("unix:" + values.socket, grpc.ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
    const built = join(values["working-directory"], ".millrace");
    mkdirSync(built, { recursive: true });
    const bundle = join(built, digest + ".mjs");
    writeFileSync(bundle, digest);
    announce({ type: "ready", codeDigest: digest, bundle, warnings: ["odd " + digest] });
  });
  process.on("disconnect", () => {});
  process.on("SIGTERM", () => server.tryShutdown(() => process.exit(0)));
}

async function work() {
  const directory = values["worker-directory"];
  const digest = readFileSync(values.bundle, "utf8");
  if (digest === "broken") throw new Error("this bundle is broken");
  if (values.spec !== undefined) {
    writeFileSync(join(directory, "worker-id"), "worker-" + process.pid);
    return run(JSON.parse(readFileSync(values.spec, "utf8")), directory, digest);
  }
  const leave = () => process.exit(0);
  if (values["agent-socket"] !== undefined) {
    const socket = createConnection(values["agent-socket"]).on("close", leave);
    socket.write('{"type":"standing-by","reads":[]}\\n');
    return createInterface({ input: socket }).on("line", (line) => {
      socket.off("close", leave);
      writeFileSync(join(directory, "worker-id"), "worker-" + process.pid);
      run(JSON.parse(line).spec, directory, digest);
    });
  }
  process.once("disconnect", leave);
  process.on("message", ({ type, spec }) => {
    if (type !== "execute") return;
    process.off("disconnect", leave);
    if (spec.jobName === "dies_handed_over") process.exit(7);
    process.send({ type: "accepted" });
    run(spec, directory, digest);
  });
  const worker = process.env.WORKER_ID && { workerId: process.env.WORKER_ID.replace("PID", process.pid), place: "1@test", codeDigest: digest };
  process.send({ type: "standing-by", reads: JSON.parse(process.env.READS ?? "[]"), ...(worker ? { worker } : {}) });
}

function run(spec, directory, digest) {
  let sequence = 0;
  const say = (event) =>
    appendFileSync(join(directory, "events.jsonl"), JSON.stringify({ sequence: sequence++, event: { timestamp: Date.now(), message: "", ...event } }) + "\\n");
  say({ type: "RUN_START", message: digest + " " + process.env.GREETING + " " + (process.env.MILLRACE_AGENT_TOKEN ?? "no token") });
  const keepAlive = setInterval(() => {}, 1000);
  switch (spec.jobName) {
    case "quick":
      say({ type: "RUN_SUCCESS" });
      return process.exit(0);
    case "crash":
      console.error("the disk is on fire");
      return setTimeout(() => process.exit(3), 10);
    case "patient":
      return process.on("SIGINT", () => {
        say({ type: "RUN_CANCELED" });
        process.exit(0);
      });
    case "links":
      // To what only the agent can read.
      rmSync(join(directory, "stderr"));
      symlinkSync(process.env.SECRET_FILE, join(directory, "stderr"));
      say({ type: "RUN_SUCCESS" });
      return process.exit(0);
    case "greedy": {
      const taken = [];
      for (;;) taken.push(Buffer.alloc(10_000_000, 1));
    }
    case "leaves_child": {
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
      writeFileSync(join(directory, "child"), String(child.pid));
      say({ type: "RUN_SUCCESS" });
      return process.exit(0);
    }
    case "stubborn": {
      // Ignores the interrupt, and has a child that does too.
      process.on("SIGINT", () => console.log("not now"));
      const child = spawn(process.execPath, ["-e", "process.on('SIGINT', () => {}); setInterval(() => {}, 1000)"], { stdio: "ignore" });
      writeFileSync(join(directory, "child"), String(child.pid));
      return say({ type: "LOG" });
    }
  }
}
`;
