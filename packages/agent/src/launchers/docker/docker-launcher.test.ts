import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ContainerSettings } from "@millrace/model/container-settings";
import type { LocationDocument } from "@millrace/model/location-document";
import { systemIds } from "@millrace/model/randomness";
import { systemClock, type Clock } from "@millrace/model/time/clock";
import { pino } from "pino";
import { afterAll, describe, expect, test, vi } from "vitest";
import { findWhyNoDocker, startTestDocker } from "../../testing/test-docker.ts";
import { createTestProject } from "../../testing/test-millrace.ts";
import { startTestRegistry } from "../../testing/test-registry.ts";
import { LOAD_TIMEOUT_MS } from "../launch-failures.ts";
import { testLauncher } from "../launcher-suite.ts";
import { CodeNotSupported, LaunchFailed, type WorkerSpec } from "../launcher.ts";
import { toContainerUrl } from "./container-plan.ts";
import { createDockerEngine } from "./docker-engine.ts";
import { createDockerLauncher, type DockerLauncherOptions } from "./docker-launcher.ts";
import { findImage, getImage } from "./image.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const REPOSITORY = fileURLToPath(new URL("../../../../../", import.meta.url)).slice(0, -1);
const never = new AbortController().signal;
const missing = findWhyNoDocker();
if (missing !== null) console.warn(`Skipped: ${missing}`);
const docker = missing === null ? await startTestDocker() : null;

describe.skipIf(docker === null)("on a real engine", () => {
  if (docker === null) return;
  const { engine, socketPath } = docker;
  const project = createTestProject();
  const home = join(project.folder, "home");
  const volumes = [
    `${REPOSITORY}:${REPOSITORY}:ro`,
    `${project.command[1]}:/millrace.mjs:ro`,
    `${join(project.folder, "project")}:/app`,
  ];
  const options: DockerLauncherOptions = {
    engine: { socketPath },
    hasStandbys: true,
    configFolder: join(project.folder, "docker-config"),
    agentId: "agent-1",
    settings: { networks: ["host"], volumes },
    environment: { PATH: "/no/such/folder" },
    home,
    storageDirectory: join(home, "storage"),
    clock: systemClock,
    ids: systemIds,
    logger: pino({ level: process.env["MILLRACE_LOG_LEVEL"] ?? "silent" }),
  };
  const create = (settings: ContainerSettings = {}) =>
    createDockerLauncher({ ...options, settings: { ...options.settings, ...settings } });
  const inImage = (image: string): LocationDocument => ({
    ...project.document,
    code: { kind: "image", image, workingDirectory: null, entry: "definitions.json" },
  });
  const listNames = async () => {
    const text = await engine.ask({ method: "GET", path: "/containers/json?all=1" });
    return (JSON.parse(text) as { readonly Names: readonly string[] }[]).flatMap(({ Names }) => Names);
  };
  const startIn = async (image: string) => {
    const launcher = create();
    const directory = join(project.folder, `server-in-${image.replaceAll(/\W/g, "-")}`);
    mkdirSync(directory);
    const launch = { locationName: "shop", document: inImage(image), directory };
    return launcher.startCodeServer(launch, never).finally(() => launcher.close());
  };
  /** What a code server of the image would have left for its workers. */
  const launchOf = async () => {
    const { id } = await findImage({ ...options, engine }, docker.image);
    writeFileSync(join(project.folder, "project", "built.mjs"), "one");
    return {
      locationName: "shop",
      document: inImage(docker.image),
      code: { image: id, workingDirectory: "/app", bundle: "/app/built.mjs" },
      agentApiUrl: "http://127.0.0.1:1/",
    };
  };
  const specOf = (runId: string, jobName: string) =>
    ({
      runId,
      attempt: 1,
      runToken: "mrr_x",
      agentApiUrl: "http://127.0.0.1:1/",
      agentId: "agent-1",
      locationName: "shop",
      jobName,
    }) as WorkerSpec;
  afterAll(() => docker.stop());

  testLauncher({ ...project, document: inImage(docker.image) }, create, true);

  test("a container has what its agent, location and run say, the last word theirs who say it of less", async () => {
    const network = { Name: "shop-test", Internal: true, IPAM: { Config: [{ Subnet: "198.18.7.0/28" }] } };
    await engine.ask({ method: "POST", path: "/networks/create", body: network });
    await engine.ask({ method: "POST", path: "/volumes/create", body: { Name: "orders" } });
    const launcher = create({
      networks: ["none"],
      memory: "100m",
      labels: { team: "platform", site: "one" },
    });
    const { document, ...launch } = await launchOf();
    const container: ContainerSettings = {
      networks: ["shop-test", "bridge"],
      volumes: ["orders:/orders:ro"],
      memory: "200m",
      cpus: 0.5,
      environment: { REGION: "eu" },
      labels: { team: "shop" },
      stopTimeout: 7,
    };
    const worker = await launcher.launchWorker(
      specOf("settings", "patient"),
      { ...launch, document: { ...document, container } },
      never,
    );
    const { Config, HostConfig, NetworkSettings } = JSON.parse(
      await engine.ask({ method: "GET", path: "/containers/millrace-run-settings.1/json" }),
    ) as Record<string, Record<string, object>>;
    expect(HostConfig).toMatchObject({ Memory: 200 * 1024 ** 2, NanoCpus: 5e8, NetworkMode: "shop-test" });
    expect(HostConfig?.["Binds"]).toEqual([...volumes, "orders:/orders:ro"]);
    expect(Object.keys(NetworkSettings?.["Networks"] ?? {}).sort()).toEqual(["bridge", "shop-test"]);
    expect(Config).toMatchObject({ StopTimeout: 7, Labels: { team: "shop", site: "one" } });
    expect(Config?.["Env"]).toEqual(expect.arrayContaining(["GREETING=hello", "REGION=eu"]));
    await worker.kill();
    await worker.ended;
    await worker.remove();
    // The engine would leave its bridge on the machine.
    await engine.ask({ method: "DELETE", path: "/networks/shop-test" });
    launcher.close();
  });

  test.each([
    [{ volumes: ["nowhere:/data"] }, /has no volume nowhere.*docker volume create nowhere/],
    [
      { volumes: ["/no/such/folder:/data"] },
      /folder \/no\/such\/folder, which the container is to see, is not/,
    ],
    [{ networks: ["nowhere"] }, /has no network nowhere.*docker network create nowhere/],
    [{ networks: ["bridge", "nowhere"] }, /has no network nowhere/],
  ])("what the engine has not is named, and nothing is left: %j", async (settings, message) => {
    const launcher = create(settings);
    const start = launcher.launchWorker(specOf("nowhere", "quick"), await launchOf(), never);
    await expect(start).rejects.toThrow(LaunchFailed);
    await expect(start).rejects.toThrow(message);
    expect(await listNames()).toEqual([]);
    expect(await launcher.findWorkers()).toEqual([]);
    launcher.close();
  });

  test("an image that is nowhere is named, with what the engine says of it", async () => {
    // Nothing listens there.
    const start = startIn("127.0.0.1:1/no/such:image");
    await expect(start).rejects.toThrow(LaunchFailed);
    await expect(start).rejects.toThrow(
      /The image 127\.0\.0\.1:1\/no\/such:image can't be pulled to the agent's machine: .*refused.*Check its name/,
    );
  });

  test("an image without Millrace is told as that, and leaves nothing", async () => {
    await expect(startIn(docker.bareImage)).rejects.toThrow(
      /The image millrace-test\/node:24 has no `millrace`, neither in node_modules\/\.bin/,
    );
    expect(await listNames()).toEqual([]);
  });

  test("a code server that is never ready is ended, and the last that it wrote is told", async () => {
    project.write({ digest: "one", hang: true });
    const directory = join(project.folder, "server-that-hangs");
    mkdirSync(directory);
    // The time that it may take is over as soon as it has said that it waits.
    const hasWaited = vi.waitFor(
      () => expect(readFileSync(join(directory, "log"), "utf8")).toContain("waiting"),
      { timeout: 30_000 },
    );
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => (ms < LOAD_TIMEOUT_MS ? systemClock.sleep(ms, signal) : hasWaited),
    };
    const launcher = createDockerLauncher({ ...options, clock });
    const launch = { locationName: "shop", document: inImage(docker.image), directory };
    await expect(launcher.startCodeServer(launch, never)).rejects.toThrow(
      /did not finish loading within 5 minutes[^]*The last that it wrote:\nwaiting for the warehouse/,
    );
    project.write({ digest: "one" });
    expect(await listNames()).toEqual([]);
    launcher.close();
  });

  test("images are pulled with the credentials of docker login, as often as it is said, and one for another platform is told as that", async () => {
    const registry = await startTestRegistry("ann", "secret");
    const { image } = registry;
    registry.push("/one", "amd64");
    const host = { ...options, engine };
    await expect(findImage(host, image)).rejects.toThrow(
      /There are no credentials for its registry.*docker login/,
    );
    mkdirSync(options.configFolder);
    const auths = { [registry.host]: { auth: Buffer.from("ann:secret").toString("base64") } };
    writeFileSync(join(options.configFolder, "config.json"), JSON.stringify({ auths }));

    await expect(findImage(host, image, "never")).rejects.toThrow(
      /`container\.pull` is "never": run `docker pull/,
    );
    expect(await findImage(host, image)).toMatchObject({ workingDirectory: "/one" });
    registry.push("/two", "s390x");
    expect(await findImage(host, image)).toMatchObject({ workingDirectory: "/one" });
    expect(await findImage(host, image, "always")).toMatchObject({ workingDirectory: "/two" });
    expect(await findImage(host, image, "never")).toMatchObject({ workingDirectory: "/two" });

    // This one is for another platform.
    const start = startIn(image);
    await expect(start).rejects.toThrow(LaunchFailed);
    await expect(start).rejects.toThrow(
      /shop:1 is built for linux\/s390x, and the engine's machine is linux\/\w+: build it with `docker build --platform linux/,
    );
    expect(await listNames()).toEqual([]);
    await registry.stop();
    await expect(findImage(host, image, "always")).rejects.toThrow(/can't be pulled/);
  });

  test("a worker that uses more memory than its container may is told as that", async () => {
    const launcher = create({ memory: "100m" });
    const worker = await launcher.launchWorker(specOf("greedy", "greedy"), await launchOf(), never);
    expect(await worker.ended).toMatchObject({
      how: "out_of_memory",
      detail: "its container reached its limit of 100 MiB; container.memory raises it",
    });
    await worker.remove();
    launcher.close();
  });

  test("a link that a container leaves in place of its output leads nobody to the agent's own files", async () => {
    const secret = join(project.folder, "secret");
    writeFileSync(secret, "only the agent reads this");
    const launcher = createDockerLauncher({ ...options, environment: { SECRET_FILE: secret } });
    const worker = await launcher.launchWorker(specOf("links", "links"), await launchOf(), never);
    expect(await worker.ended).toMatchObject({ how: "exited", exitCode: 0, lastOutput: null });
    expect(readdirSync((await worker.openJournal())?.directory ?? "")).not.toContain("stderr");
    await worker.remove();
    launcher.close();
  });

  test("containers that the agent's home knows nothing of are removed when it is opened again", async () => {
    const before = createDockerLauncher({ ...options, home: join(project.folder, "lost home") });
    await before.launchWorker(specOf("left", "patient"), await launchOf(), never);
    before.close();
    expect(await listNames()).toEqual(["/millrace-run-left.1"]);

    const launcher = create();
    expect(await launcher.findWorkers()).toEqual([]);
    expect(await listNames()).toEqual([]);
    launcher.close();
  });

  test("a worker that waits for a run ends with its agent, and the next one removes its container", async () => {
    const before = create();
    const standby = before.startStandby?.(await launchOf());
    await standby?.ready;
    const [name = ""] = await listNames();
    expect(`container ${name.slice(1)}`).toBe(standby?.place);
    before.close();
    await engine.ask({ method: "POST", path: `/containers${name}/wait` });

    const launcher = create();
    expect(await launcher.findWorkers()).toEqual([]);
    expect(await listNames()).toEqual([]);
    launcher.close();
  });

  test("the agent after it finds a worker that had stood by and has its run", async () => {
    const before = create();
    const standby = before.startStandby?.(await launchOf());
    await standby?.ready;
    const worker = await standby?.assign(specOf("handed", "patient"));
    before.close();

    const launcher = create();
    const [found] = await launcher.findWorkers();
    expect(found).toMatchObject({ runId: "handed", place: worker?.place });
    await found?.interrupt();
    expect(await found?.ended).toMatchObject({ how: "exited", exitCode: 0 });
    await found?.remove();
    expect(await listNames()).toEqual([]);
    launcher.close();
  });

  test("a code server that ended while no agent looked after it leaves no container", async () => {
    const before = create();
    const directory = join(project.folder, "server-left");
    mkdirSync(directory);
    const launch = { locationName: "shop", document: inImage(docker.image), directory };
    const codeServer = await before.startCodeServer(launch, never);
    before.close();
    const name = codeServer.place.replace("container ", "");
    await engine.ask({ method: "POST", path: `/containers/${name}/stop?t=0` });
    expect(await listNames()).toEqual([`/${name}`]);

    const launcher = create();
    await launcher.findWorkers();
    expect(await listNames()).toEqual([]);
    launcher.close();
  });

  test("a worker whose container somebody has removed is lost, and its journal is there", async () => {
    const launcher = create();
    const worker = await launcher.launchWorker(specOf("removed", "patient"), await launchOf(), never);
    launcher.close();
    await engine.ask({ method: "DELETE", path: "/containers/millrace-run-removed.1?force=1" });

    const next = create();
    const [found] = await next.findWorkers();
    expect(found?.place).toBe(worker.place);
    expect(await found?.ended).toMatchObject({ how: "lost" });
    expect(await found?.openJournal()).toMatchObject({ credentials: { runToken: "mrr_x" } });
    await found?.remove();
    next.close();
  });
});

test("code in a folder is refused with what to do", () => {
  const code = { kind: "folder", workingDirectory: "/srv/shop", entry: "definitions.ts" } as const;
  const document: LocationDocument = { code, queue: "default", environment: {} };
  expect(() => getImage(document)).toThrow(CodeNotSupported);
  expect(() => getImage(document)).toThrow(/this agent launches containers.*Give the location an image/);
});

test("an engine that does not answer is named", async () => {
  const nowhere = createDockerEngine({ socketPath: "/no/such.sock" });
  await expect(nowhere.ask({ method: "GET", path: "/_ping" })).rejects.toThrow(
    /The Docker engine at \/no\/such\.sock does not answer: .*ENOENT/,
  );
});

test("containers reach what listens on the agent's machine by its name, unless they share its network", () => {
  const url = "http://127.0.0.1:3000/agent/graphql";
  expect(toContainerUrl(url, undefined)).toBe("http://host.docker.internal:3000/agent/graphql");
  expect(toContainerUrl(url, ["host"])).toBe(url);
  expect(toContainerUrl("https://millrace.example/agent/graphql", undefined)).toBe(
    "https://millrace.example/agent/graphql",
  );
});
