import type { StepTagLimit } from "@millrace/model/steps/step-slots";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { Logger } from "../context/logger.ts";

/** How a run worker executes the steps of a run: where, and how many at once. */
export interface Executor extends Definition<"executor"> {
  readonly name: string;
  /** How many steps of a run may run at once. */
  readonly maxConcurrent: number;
  readonly tagLimits: readonly StepTagLimit[];
  readonly place:
    | { readonly kind: "run_worker" }
    | { readonly kind: "processes"; readonly warm: number }
    | { readonly kind: "elsewhere"; readonly execute: ExecuteStep };
}

/** How many steps of a run may run at once. */
export interface ExecutorLimits {
  /** Default: 8. */
  readonly maxConcurrent?: number;
  /**
   * Limits for steps with a tag: of all steps with `key`, or only with `value`, or for each value of its own with
   * `perUniqueValue`. Default: none.
   */
  readonly tagLimits?: readonly StepTagLimit[];
}

/** One attempt of a step that an executor of one's own is to execute somewhere. */
export interface StepExecution {
  readonly runId: string;
  readonly jobName: string;
  readonly stepKey: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Tags of the step: a place for what the executor must know, such as the memory that the step needs. */
  readonly tags: Readonly<Record<string, string>>;
  readonly runTags: Readonly<Record<string, string>>;
  /** Program and arguments of a process that executes the step. It needs the same files, but not the same machine. */
  readonly command: readonly string[];
  /** What that process reads from its standard input, to the end. It may hold the run's token: keep it from logs. */
  readonly input: string;
  /** Takes what that process writes to its standard output, in order, in chunks of any size. Logs go to its standard error. */
  readonly receive: (chunk: string | Uint8Array) => void;
  readonly log: Logger;
  /** Aborted when the run is interrupted: end the process, gently at first (`SIGINT`), so that the step can tear down. */
  readonly signal: AbortSignal;
}

/**
 * Executes one attempt of a step; resolves when its process has ended, perhaps with how it did (`exit code 137`), for the
 * message of a step that was not over by then.
 */
export type ExecuteStep = (step: StepExecution) => Promise<string | void>;

const DEFAULT_MAX_CONCURRENT = 8;
/** Processes that stand by for the next steps. Each takes about 45 MB. */
const DEFAULT_WARM = 2;

/**
 * Executes steps in the run worker's own process: a step costs less than a millisecond, and steps share memory, resources
 * and the process's fate. What runs share nothing anyway: each has a worker of its own. This is the default.
 *
 * @example
 * export const gentle = job("gentle", { selection: "group:raw", executor: inProcessExecutor({ maxConcurrent: 2 }) });
 */
export function inProcessExecutor(limits: ExecutorLimits = {}): Executor {
  return create("in_process", limits, { kind: "run_worker" }, inProcessExecutor);
}

/**
 * Executes each step in a child process of its own, which sets up the resources that the step needs and serves no other
 * step: one that leaks memory, blocks or crashes harms no other. A few processes have the code loaded and stand by.
 *
 * Without a run worker, in `millrace/testing`, steps run in the test's process.
 *
 * @param options `warm`: how many processes stand by for the next steps, 2 by default.
 * @example
 * export const isolated = job("isolated", {
 *   selection: "group:reports",
 *   executor: processExecutor({ maxConcurrent: 4, tagLimits: [{ key: "database", limit: 1 }] }),
 * });
 */
export function processExecutor(options: ExecutorLimits & { readonly warm?: number } = {}): Executor {
  const { warm = DEFAULT_WARM } = options;
  if (!Number.isInteger(warm) || warm < 0)
    throw invalid("process", processExecutor, `warm must be 0 or a whole number over it, not ${warm}`);
  return create("process", options, { kind: "processes", warm }, processExecutor);
}

/**
 * Declares an executor of one's own: `execute` starts a process for each attempt of a step, wherever it wants, and hands
 * over what the process says.
 *
 * @example
 * import { spawn } from "node:child_process";
 * const inBackground = executor("in_background", {
 *   maxConcurrent: 4,
 *   execute: async ({ command: [program = "", ...rest], input, receive, signal }) => {
 *     const child = spawn("nice", [program, ...rest], { stdio: ["pipe", "pipe", "inherit"], signal });
 *     child.stdin.end(input);
 *     for await (const chunk of child.stdout) receive(chunk as Buffer);
 *   },
 * });
 */
export function executor(
  name: string,
  options: ExecutorLimits & { readonly execute: ExecuteStep },
): Executor {
  return create(name, options, { kind: "elsewhere", execute: options.execute }, executor);
}

function create(
  name: string,
  { maxConcurrent = DEFAULT_MAX_CONCURRENT, tagLimits = [] }: ExecutorLimits,
  place: Executor["place"],
  caller: (...args: never) => unknown,
): Executor {
  for (const limit of [maxConcurrent, ...tagLimits.map((tagLimit) => tagLimit.limit)]) {
    if (!Number.isInteger(limit) || limit < 1)
      throw invalid(name, caller, `a limit must be a whole number over 0, not ${limit}`);
  }
  const source = captureSourcePosition(caller);
  return Object.freeze({ [DEFINITION]: "executor", source, name, maxConcurrent, tagLimits, place } as const);
}

function invalid(name: string, caller: (...args: never) => unknown, problem: string): DefinitionError {
  const where = describeDefinition("executor", name, { source: captureSourcePosition(caller) });
  return new DefinitionError("invalid_option", `${where}: ${problem}`);
}
