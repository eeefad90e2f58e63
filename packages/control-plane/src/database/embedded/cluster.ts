import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { FileLock } from "@millrace/protocol/homes/file-lock";
import { EmbeddedPostgresUnavailable } from "./binaries.ts";
import { giveTo, type ServerUser } from "./server-user.ts";

/** Everything that says which server to run and how. */
export interface Cluster {
  /** Folder with `bin`, `lib` and `share`. */
  readonly binaries: string;
  /** PostgreSQL's data folder, private to its owner. */
  readonly dataFolder: string;
  readonly user: ServerUser | null;
  /** False: no fsync, for throwaway databases of tests. */
  readonly durable: boolean;
}

/** The one role and the one database of an embedded server. Who may enter the socket's folder may do everything. */
export const DATABASE_NAME = "millrace";

/** Tuned for little memory and no work while idle; durability as PostgreSQL's defaults have it. */
const SETTINGS = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "60",
  shared_buffers: "16MB",
  work_mem: "4MB",
  maintenance_work_mem: "32MB",
  io_method: "sync",
  wal_level: "minimal",
  max_wal_senders: "0",
  min_wal_size: "32MB",
  max_wal_size: "256MB",
  max_parallel_workers: "0",
  max_parallel_workers_per_gather: "0",
  max_worker_processes: "0",
  max_logical_replication_workers: "0",
  autovacuum_max_workers: "1",
  bgwriter_delay: "10s",
  wal_writer_delay: "200ms",
  jit: "off",
  TimeZone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
  log_checkpoints: "off",
} as const;

const THROWAWAY_SETTINGS = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  // It would look into hundreds of databases of tests, which do not live that long, and see their rows at times of its own.
  autovacuum: "off",
  max_connections: "200",
};

/** Arguments of the `postgres` program. */
export function serverArguments(cluster: Cluster, socketFolder: string): string[] {
  const settings = {
    ...SETTINGS,
    ...(cluster.durable ? {} : THROWAWAY_SETTINGS),
    unix_socket_directories: socketFolder,
  };
  return [
    "-D",
    cluster.dataFolder,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}

/** The address of the database behind a socket, as `connect` takes it. */
export function databaseUrl(socketFolder: string, database: string): string {
  return `postgresql://${DATABASE_NAME}@localhost/${database}?host=${encodeURIComponent(socketFolder)}`;
}

/**
 * Starts a program of PostgreSQL as the server's user, in a session of its own so that Ctrl-C does not reach it. It inherits the
 * lock, and gets SIGINT when this process dies, where the system can do that: PostgreSQL's fast shutdown.
 *
 * @param command the program with its arguments.
 * @param output file descriptor for what it prints.
 */
export function spawnServerProgram(
  cluster: Cluster,
  command: readonly string[],
  output: number | "pipe",
  lock: FileLock,
): ChildProcess {
  const [program = "", ...args] = [...DIES_WITH_PARENT, ...command];
  return spawn(program, args, {
    ...cluster.user,
    cwd: "/",
    // Nothing of ours: PGDATA, PGPORT and the like would change what it does.
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    detached: true,
    stdio: ["ignore", output, output, lock.descriptor],
  });
}

/** The kernel sends the signal, so it comes however this process dies. Part of util-linux; where it lacks, the next start ends what runs. */
const DIES_WITH_PARENT = ["/usr/bin/setpriv", "/bin/setpriv"]
  .filter((program) => existsSync(program))
  .slice(0, 1)
  .flatMap((program) => [program, "--pdeathsig", "INT", "--"]);

/**
 * Makes the data folder with `initdb`, unless there is one: complete or not at all.
 *
 * @param lock inherited by the program, so that a draft belongs to one server even when its parent is killed.
 */
export async function createCluster(cluster: Cluster, lock: FileLock): Promise<void> {
  if (existsSync(cluster.dataFolder)) return;
  const draft = `${cluster.dataFolder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  giveTo(draft, cluster.user);
  const options = [
    "--username",
    DATABASE_NAME,
    "--auth",
    "trust",
    "--encoding",
    "UTF8",
    "--no-locale",
    "--no-instructions",
  ];
  // Sorts by code point, so keys page alike everywhere, yet knows the case of every letter.
  const locale = ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"];
  const initdb = [
    join(cluster.binaries, "bin/initdb"),
    "--pgdata",
    draft,
    ...options,
    ...locale,
    ...(cluster.durable ? [] : ["--no-sync"]),
  ];
  const child = spawnServerProgram(cluster, initdb, "pipe", lock);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) {
    throw new EmbeddedPostgresUnavailable(
      `The embedded Postgres could not create its data folder ${cluster.dataFolder}: ${output.trim().slice(-1_000)}. ` +
        "Set DATABASE_URL to use another PostgreSQL",
    );
  }
  renameSync(draft, cluster.dataFolder);
}
