import { formatDuration } from "@millrace/model/time/format-duration";
import { sayDebuggers } from "./say-debuggers.ts";
import { sayStalePage } from "./say-stale-page.ts";
import type { Debugging } from "@millrace/model/runs/debugging";
import { print } from "../terminal/printable.ts";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { orAborted } from "@millrace/model/waiting/until-aborted";
import { mkdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { stateOf } from "@millrace/protocol/homes/file-state";
import { readSources } from "@millrace/runtime/loading/source-list";
import { environmentFiles } from "../process/load-environment.ts";
import { findProject, type Project } from "../process/project.ts";
import { millraceCommand } from "../process/millrace-command.ts";
import { untilAskedToStop } from "../process/process-lifetime.ts";
import { followRun } from "../terminal/follow-run.ts";
import { paint, paintStatus } from "../terminal/style.ts";
import { CommandError, createUserApi, type UserApi } from "../user-api/client.ts";
import {
  LaunchRunDocument,
  ReloadCodeLocationDocument,
  SetCodeLocationDocument,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { findAgentToken } from "./agent-token.ts";
import { keepProcess, type KeptProcess } from "./child.ts";
import { findAnyPort, findFreePort, isFreePort } from "./free-port.ts";
import { lockHome } from "./home-lock.ts";
import { awaitRevision, type LoadOutcome } from "./await-revision.ts";
import { createSourceWatcher } from "./watch-sources.ts";

/** The options with which an agent admits debuggers. */
const INSPECT: Readonly<Record<Debugging, string>> = { open: "--inspect", wait: "--inspect-brk" };

/** How long the processes get to end in order before they are killed. */
const STOP_GRACE_MS = 20_000;

export interface DevOptions {
  readonly folder: string;
  readonly home?: string;
  readonly port?: number;
  /** Job to launch once the definitions have loaded. */
  readonly launch?: string;
  readonly partition?: string;
  /** Leave when the launched run has ended. */
  readonly exit: boolean;
  /** How a debugger may look at runs; undefined: not at all. */
  readonly debugging: Debugging | undefined;
}

/**
 * Runs database, control plane and agent for one project until Ctrl-C, or with `exit` until the launched run has ended.
 *
 * @returns the process's exit code: 1 when the launched run did not succeed, or the definitions do not load for `exit`.
 */
export async function runDev(options: DevOptions): Promise<number> {
  const startedAt = performance.now();
  const project = findProject(options.folder);
  const home = resolve(options.home ?? join(project.folder, ".millrace"));
  mkdirSync(join(home, "logs"), { recursive: true, mode: 0o700 });
  const port = await choosePort(options.port);
  const unlock = lockHome(home);
  const controller = new AbortController();
  const stopped = untilAskedToStop().then((cause) => controller.abort(cause));
  const kept: KeptProcess[] = [];
  try {
    const server = keepServer(home, port);
    kept.push(server);
    const url = String((await orStopped(server.ready, controller.signal))["url"]);
    const api = createUserApi(url);
    print(
      `${paint("green", "●")} control plane ${paint("dim", `in ${formatDuration(performance.now() - startedAt)}`)}`,
    );
    kept.push(keepAgent(home, project, url, await findAgentToken(api, home), options.debugging));
    void sayStalePage(print);
    print(paint("dim", `Loading ${project.entry} …`));
    const outcome = await orStopped(loadProject(api, project, controller.signal), controller.signal);
    keepLoading(api, project, controller.signal);
    sayOutcome(project, outcome, startedAt);
    print(`${paint("green", "●")} ${paint("bold", url)}`);
    if (outcome.error && options.exit) return 1;
    if (options.debugging !== undefined)
      sayDebuggers(api, print, controller.signal).catch((error: unknown) => {
        if (!controller.signal.aborted) print(`Debuggers are told no more: ${String(error)}`);
      });
    if (options.launch && !outcome.error) {
      const status = await orStopped(launchAndFollow(api, project, options), controller.signal);
      if (options.exit) return status === "SUCCESS" ? 0 : 1;
    }
    print(paint("dim", "Saving a file loads the definitions again. Ctrl-C stops everything."));
    await stopped;
    return 0;
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    return options.exit ? 130 : 0;
  } finally {
    controller.abort();
    // A signal to the whole group of processes has reached them too.
    for (const process of kept) process.letEnd();
    // The agent first: it hands in what its workers still have to say.
    for (const process of kept.toReversed()) await process.stop(STOP_GRACE_MS);
    unlock();
  }
}

/**
 * A port that stays the same when the control plane is started again.
 *
 * @throws CommandError when the one that was asked for is taken.
 */
async function choosePort(asked: number | undefined): Promise<number> {
  if (asked === undefined) return findFreePort(3000);
  if (asked === 0) return findAnyPort();
  if (await isFreePort(asked)) return asked;
  throw new CommandError(
    `Port ${asked} is taken by another program: choose another one, or leave out --port for one that is free`,
  );
}

function keepServer(home: string, port: number): KeptProcess {
  const [node, millrace] = millraceCommand();
  return keepProcess({
    name: "control plane",
    command: [node, millrace, "server", "--home", home, "--port", String(port)],
    environment: process.env,
    logFile: join(home, "logs", "server.log"),
    announces: true,
    say: print,
  });
}

function keepAgent(
  home: string,
  project: Project,
  url: string,
  token: string,
  debugging: Debugging | undefined,
): KeptProcess {
  const [node, millrace] = millraceCommand();
  // The developer's own code in the developer's own shell: it sees what it would see without Millrace.
  const options = [
    "--stop-workers",
    "--pass-env",
    "*",
    "--environment-file",
    ...environmentFiles(project.folder),
    // A run to debug has a worker that was started for it.
    ...(debugging === undefined ? [] : ["--standby-workers", "0", INSPECT[debugging]]),
  ];
  return keepProcess({
    name: "agent",
    command: [node, millrace, "agent", "run", "--url", url, "--home", join(home, "agent"), ...options],
    environment: { ...process.env, MILLRACE_AGENT_TOKEN: token },
    logFile: join(home, "logs", "agent.log"),
    announces: false,
    say: print,
  });
}

async function loadProject(api: UserApi, project: Project, signal: AbortSignal): Promise<LoadOutcome> {
  const code = { kind: "folder", workingDirectory: project.folder, entry: project.entry };
  const document = { code };
  const { setCodeLocation: result } = await api.send(SetCodeLocationDocument, {
    name: project.location,
    document,
  });
  if (result.__typename === "InvalidInput") throw refused(result.message);
  // A location that is there already is loaded again: its files may have changed while nothing was running.
  const { reloadCodeLocation } = await api.send(ReloadCodeLocationDocument, { name: project.location });
  return awaitRevision(api, project.location, reloadCodeLocation?.revision ?? result.revision, signal);
}

/** Loads the project again whenever something that its definitions are made of changes, until the signal is aborted. */
function keepLoading(api: UserApi, project: Project, signal: AbortSignal): void {
  const watcher = createSourceWatcher((file) => void reload(file));
  let environment = environmentFiles(project.folder).map(stateOf);
  const watch = (): void => watcher.watch([...readSources(project.folder, project.entry), ...environment]);

  async function reload(file: string): Promise<void> {
    const startedAt = performance.now();
    environment = environmentFiles(project.folder).map(stateOf);
    try {
      const { reloadCodeLocation } = await api.send(ReloadCodeLocationDocument, { name: project.location });
      if (!reloadCodeLocation) return;
      const outcome = await awaitRevision(api, project.location, reloadCodeLocation.revision, signal);
      if (outcome.superseded || signal.aborted) return;
      watch();
      print(paint("dim", `${relative(project.folder, file)} changed`));
      sayOutcome(project, outcome, startedAt);
    } catch (error) {
      if (!signal.aborted)
        print(paint("red", `The definitions could not be loaded again: ${(error as Error).message}`));
    }
  }

  watch();
  onAbort(signal, () => watcher.close());
}

async function launchAndFollow(api: UserApi, project: Project, options: DevOptions): Promise<string> {
  const { launchRun: result } = await api.send(LaunchRunDocument, {
    input: {
      locationName: project.location,
      jobName: options.launch ?? null,
      partitionKey: options.partition ?? null,
    },
  });
  if (result.__typename !== "LaunchedRun")
    throw new CommandError(`${options.launch} was not launched: ${result.message}`);
  const link = new URL(`/runs/${result.run.id}`, api.url).href;
  print(
    `${paint("blue", "▶")} ${options.launch}${options.partition ? ` for ${options.partition}` : ""}  ${link}`,
  );
  const startedAt = performance.now();
  const status = await followRun(api, result.run.id, false);
  print(
    `${paintStatus(status)} ${options.launch} in ${formatDuration(performance.now() - startedAt)}  ${link}`,
  );
  return status;
}

function sayOutcome(project: Project, outcome: LoadOutcome, startedAt: number): void {
  if (outcome.error) {
    print(
      `${paint("red", "✖")} ${project.location} does not load${outcome.serving ? "; the version before goes on serving" : ""}:\n${outcome.error}`,
    );
  } else {
    const took = formatDuration(performance.now() - startedAt);
    print(
      `${paint("green", "●")} ${project.location}: ${outcome.assetCount} assets from ${project.entry} ${paint("dim", `in ${took}`)}`,
    );
    for (const warning of outcome.warnings) print(`${paint("yellow", "!")} ${warning}`);
  }
}

async function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await orAborted(work, signal);
  } catch (error) {
    throw signal.aborted && error === signal.reason ? new CommandError("stopped") : error;
  }
}
