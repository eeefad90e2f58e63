import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { ServerRole } from "@millrace/control-plane/server";
import { checkServerUrl, CommandError } from "../user-api/client.ts";
import { untilAskedToStop } from "../process/process-lifetime.ts";
import { leaveFirstPlaceToShell } from "../process/first-process.ts";
import { createLogger } from "../process/logger.ts";

interface ServerCommandOptions {
  readonly host: string;
  readonly port: string;
  readonly home: string;
  readonly publicUrl?: string;
  readonly databaseUrl?: string;
  readonly listenUrl?: string;
  readonly logs?: string;
  readonly logKeysCommand?: string;
  readonly roles?: readonly ServerRole[];
}

/** `millrace server`: the control plane. */
export function addServerCommand(program: Command): void {
  program
    .command("server")
    .description(
      "The control plane: web page, APIs, daemons. Without --database-url it runs a PostgreSQL of its own in its home.",
    )
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 takes a free one", "3000")
    .option("--home <folder>", "where it keeps its database, and what runs print", ".millrace")
    .addOption(
      new Option(
        "--database-url <url>",
        "PostgreSQL 15 or later, or PgBouncer before one (default: a database of its own)",
      ).env("DATABASE_URL"),
    )
    .addOption(
      new Option(
        "--listen-url <url>",
        "the same database without a pooler in transaction mode, for the one connection that waits for notifications (default: --database-url)",
      ).env("DATABASE_LISTEN_URL"),
    )
    .addOption(
      new Option(
        "--logs <where>",
        "where it keeps what runs print: s3://BUCKET/PREFIX, with AWS's environment (also AWS_ENDPOINT_URL_S3), or a folder that all servers of a database see (default: logs in --home)",
      ).env("MILLRACE_LOGS"),
    )
    .option(
      "--log-keys-command <command>",
      "what prints the keys that what runs print is encrypted with, 32 bytes in base64 each: the first for what is new, all for what is there (default: MILLRACE_LOG_KEYS, with commas between, or no encryption)",
    )
    .addOption(
      new Option(
        "--public-url <url>",
        "where people reach the page, such as a proxy's address: for links to runs, and the name in it is answered to (default: what it listens on)",
      ).env("MILLRACE_PUBLIC_URL"),
    )
    .addOption(
      new Option(
        "--roles <roles>",
        "what it does: api (page and APIs), daemons (queue, leases, retention, …), or both (default: api,daemons)",
      ).argParser(parseRoles),
    )
    .action(async (options: ServerCommandOptions) => {
      leaveFirstPlaceToShell();
      const port = Number(options.port);
      if (!Number.isInteger(port) || port < 0 || port > 65_535)
        throw new CommandError(`--port takes 0 to 65535, not "${options.port}"`);
      if (options.publicUrl !== undefined) checkServerUrl(options.publicUrl);
      const logger = createLogger("server");
      const stored = {
        home: resolve(options.home),
        ...(options.databaseUrl ? { databaseUrl: options.databaseUrl } : {}),
        ...(options.listenUrl ? { listenUrl: options.listenUrl } : {}),
        ...(options.logs ? { logs: options.logs } : {}),
      };
      const logKeys = await readLogKeys(options.logKeysCommand);
      // The server takes a while to load: what is wrong with its options is said before.
      const { checkServerOptions } = await import("@millrace/control-plane/check-server-options");
      checkServerOptions(stored);
      const { startServer } = await import("@millrace/control-plane/server");
      const stop = untilAskedToStop();
      const server = await startServer({
        ...stored,
        host: options.host,
        port,
        logger,
        ...(logKeys === undefined ? {} : { logKeys }),
        ...(options.publicUrl ? { publicUrl: options.publicUrl } : {}),
        ...(options.roles ? { roles: options.roles } : {}),
      });
      process.send?.({ type: "ready", url: server.url });
      logger.info({ url: server.url }, "control plane is up");
      logger.info(`stopping: ${await stop}`);
      await server.close();
    });
}

/** What the command prints, or the environment has: never on a command line, which other users of the machine see. */
async function readLogKeys(command: string | undefined): Promise<string | undefined> {
  const given = process.env["MILLRACE_LOG_KEYS"];
  delete process.env["MILLRACE_LOG_KEYS"];
  if (command === undefined) return given;
  try {
    return (await promisify(execFile)("/bin/sh", ["-c", command], { timeout: 60_000 })).stdout;
  } catch (error) {
    const { stderr = "", code } = error as { readonly stderr?: string; readonly code?: unknown };
    // Not the error's own message, which has the whole command in it.
    throw new CommandError(`The command of --log-keys-command ended with ${String(code)}: ${stderr.trim()}`);
  }
}

function parseRoles(text: string): ServerRole[] {
  return text.split(",").map((name) => {
    const role = name.trim();
    if (role === "api" || role === "daemons") return role;
    throw new InvalidArgumentError(`There is no role "${role}"; there are api and daemons.`);
  });
}
