import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createDockerEngine, type DockerEngine } from "../launchers/docker/docker-engine.ts";

/** For tests: a Docker engine of the test's own, with two images that were made without a registry. */
export interface TestDocker {
  readonly socketPath: string;
  readonly engine: DockerEngine;
  /** An image in which `millrace` starts the file /millrace.mjs, in the folder /app. */
  readonly image: string;
  /** An image without Millrace. */
  readonly bareImage: string;
  /** Ends the engine with all its containers, and removes what it kept. */
  stop(): Promise<void>;
}

/** For tests: why no engine can be started here; null: one can. */
export function findWhyNoDocker(): string | null {
  if (process.getuid?.() !== 0) return "a Docker engine is started by root only";
  for (const [program, name] of Object.entries({ dockerd: "docker.io", ip: "iproute2" }))
    if (spawnSync(program, ["-V"]).error) return `${program} is missing: apt-get install ${name}`;
  return null;
}

/** For tests: starts an engine with a bridge of its own. Nothing leads from that to the machine or out of it: containers that need either have the machine's own network. */
export async function startTestDocker(): Promise<TestDocker> {
  // Not in the system's folder for temporary files, which may be one that images can't be kept in.
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  mkdirSync(join(caches, "millrace-tests"), { recursive: true });
  const folder = mkdtempSync(join(caches, "millrace-tests", "docker-"));
  const socketPath = join(folder, "docker.sock");
  const log = join(folder, "log");
  const output = openSync(log, "a");
  // Without one of its own, it would take over, or take away, that of the machine's engine.
  const bridge = `mr-test-${process.pid % 1e6}`;
  run(`ip link add ${bridge} type bridge`, folder);
  const daemon = spawn(
    "dockerd",
    [
      `--host=unix://${socketPath}`,
      `--data-root=${join(folder, "data")}`,
      `--exec-root=${join(folder, "exec")}`,
      `--pidfile=${join(folder, "pid")}`,
      `--bridge=${bridge}`,
      "--ip-forward=false",
      "--iptables=false",
      "--ip6tables=false",
      "--log-level=warn",
    ],
    { stdio: ["ignore", output, output] },
  );
  const ended = once(daemon, "exit");
  const engine = createDockerEngine({ socketPath });
  async function stop(): Promise<void> {
    daemon.kill("SIGTERM");
    await ended;
    // It leaves the network that its containers shared with the machine.
    spawnSync("umount", [join(folder, "exec/netns/default")]);
    run(`ip link delete ${bridge}`, folder);
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    await Promise.race([
      untilAnswering(engine, log),
      ended.then(() => Promise.reject(new Error(`dockerd ended: ${readFileSync(log, "utf8")}`))),
    ]);
    const [bareImage, image] = ["millrace-test/node:24", "millrace-test/millrace:1"];
    makeImages(folder, socketPath, bareImage, image);
    return { socketPath, engine, image, bareImage, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilAnswering(engine: DockerEngine, log: string): Promise<void> {
  const until = performance.now() + 25_000;
  const ping = () => engine.ask({ method: "GET", path: "/_ping" });
  while (
    !(await ping().then(
      () => true,
      () => false,
    ))
  ) {
    if (performance.now() > until) throw new Error(`dockerd does not answer: ${readFileSync(log, "utf8")}`);
    await sleep(50);
  }
}

/** Of this machine's Node and shell, with the libraries that they need. */
function makeImages(folder: string, socketPath: string, bareImage: string, image: string): void {
  const root = join(folder, "root");
  for (const path of ["bin", "usr/bin", "tmp", "app", "etc"])
    mkdirSync(join(root, path), { recursive: true });
  addProgram(root, realpathSync(process.execPath), "/usr/bin/node");
  addProgram(root, "/bin/sh", "/bin/sh");
  const docker = `docker --host unix://${socketPath}`;
  run(`tar -C ${root} -c . | ${docker} import -c "ENV PATH=/usr/bin:/bin" - ${bareImage}`, folder);
  const context = join(folder, "context");
  mkdirSync(context);
  writeFileSync(
    join(context, "Dockerfile"),
    `FROM ${bareImage}\nCOPY millrace /usr/bin/millrace\nWORKDIR /app\n`,
  );
  writeFileSync(join(context, "millrace"), `#!/bin/sh\nexec node /millrace.mjs "$@"\n`);
  chmodSync(join(context, "millrace"), 0o755);
  run(`DOCKER_BUILDKIT=0 ${docker} build --quiet --tag ${image} ${context}`, folder);
  rmSync(root, { recursive: true });
}

function addProgram(root: string, program: string, as: string): void {
  const { stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
  const libraries = (stdout.match(/\/\S+/g) ?? []).filter((path) => existsSync(path));
  copyFileSync(program, join(root, as));
  for (const library of libraries) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(realpathSync(library), join(root, library));
  }
}

function run(command: string, cwd: string): void {
  const { status, stderr } = spawnSync("sh", ["-c", command], { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
}
