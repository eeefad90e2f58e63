import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A PgBouncer before the test server, each transaction on whichever of its connections is free. */
export interface TestPgBouncer {
  /** The address of a database behind it. */
  urlOf(databaseUrl: string): string;
  close(): Promise<void>;
}

/** Starts Debian's PgBouncer in transaction mode before the server of a test database. */
export async function startPgBouncer(databaseUrl: string): Promise<TestPgBouncer> {
  const socketFolder = new URL(databaseUrl).searchParams.get("host") ?? "";
  // It does not run as root, and only the server's user may enter the socket's folder.
  const { uid, gid } = statSync(socketFolder);
  const folder = mkdtempSync(join(tmpdir(), "millrace-pgbouncer-"));
  chownSync(folder, uid, gid);
  const settings = join(folder, "pgbouncer.ini");
  writeFileSync(
    settings,
    `[databases]
* = host=${socketFolder} user=millrace
[pgbouncer]
listen_addr =
unix_socket_dir = ${folder}
auth_type = any
pool_mode = transaction
`,
  );
  const program = spawn("/usr/sbin/pgbouncer", [settings], { uid, gid, stdio: ["ignore", "ignore", "pipe"] });
  await untilItSays(program.stderr, "process up");
  return {
    urlOf(url) {
      const address = new URL(url);
      address.port = "6432";
      address.searchParams.set("host", folder);
      return address.href;
    },
    async close() {
      const ended = once(program, "exit");
      program.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilItSays(stream: NodeJS.ReadableStream, words: string): Promise<void> {
  let said = "";
  for await (const chunk of stream) {
    said += String(chunk);
    if (said.includes(words)) break;
  }
  if (!said.includes(words)) throw new Error(`PgBouncer did not start:\n${said}`);
}
