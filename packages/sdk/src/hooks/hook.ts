import type { AssetKey } from "@millrace/model/asset-key";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { Deployment } from "../context/deployment.ts";
import type { Logger } from "../context/logger.ts";
import type { ResourceMap, ResourceValues } from "../resources/resource.ts";

/** Code that is called when a step has succeeded, or has failed for good. */
export interface Hook extends Definition<"hook"> {
  readonly name: string;
  readonly on: "success" | "failure";
  readonly resources: ResourceMap;
  readonly run: (context: never) => unknown;
}

/** What the code of a hook receives. */
export interface HookContext<R = {}> {
  readonly hookName: string;
  readonly runId: string;
  readonly jobName: string;
  readonly stepKey: string;
  /** The attempt that decided how the step ended; the first one is 1. */
  readonly attempt: number;
  readonly runTags: Readonly<Record<string, string>>;
  /** The assets that the step makes; none for ops and checks. */
  readonly assetKeys: readonly AssetKey[];
  /** The only partition that the step works on; null when it has none, or several. */
  readonly partitionKey: string | null;
  /** All of them, in order; none for what is not partitioned. */
  readonly partitionKeys: readonly string[];
  /** The deployment that the run belongs to; `await deployment.run(runId)` has the run's address on the page. */
  readonly deployment: Deployment;
  readonly resources: ResourceValues<R>;
  readonly log: Logger;
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal;
}

/** What the code of a hook on failure receives. */
export type FailureHookContext<R = {}> = HookContext<R> & {
  /** What the step's code threw, or why it failed otherwise. */
  readonly error: unknown;
};

/** How a hook is described. */
export interface HookOptions<R> {
  readonly resources?: R;
}

/**
 * Declares a hook on success. It runs in the run worker after each step of the op, asset or job that lists it in `hooks`,
 * before whatever depends on the step. What it throws is an event of the run and changes nothing else.
 *
 * @example
 * const announce = successHook("announce", (context) => context.log.info(`${context.stepKey} is done`));
 * export const orders = asset("orders", { hooks: [announce] }, async () => [1, 2]);
 */
export function successHook(name: string, run: (context: HookContext) => unknown): Hook;
export function successHook<R extends ResourceMap>(
  name: string,
  options: HookOptions<R>,
  run: (context: HookContext<R>) => unknown,
): Hook;
export function successHook(name: string, ...rest: HookRest): Hook {
  return createHook("success", name, rest, captureSourcePosition(successHook));
}

/**
 * Declares a hook on failure. It runs when a step has failed for good: not after an attempt that is tried again, and not
 * when the run was canceled. What it throws is an event of the run and changes nothing else.
 *
 * @example
 * const alarm = failureHook("alarm", (context) => context.log.error(`look at ${context.stepKey}: ${String(context.error)}`));
 * export const nightly = job("nightly", { selection: "*", hooks: [alarm] });
 */
export function failureHook(name: string, run: (context: FailureHookContext) => unknown): Hook;
export function failureHook<R extends ResourceMap>(
  name: string,
  options: HookOptions<R>,
  run: (context: FailureHookContext<R>) => unknown,
): Hook;
export function failureHook(name: string, ...rest: HookRest): Hook {
  return createHook("failure", name, rest, captureSourcePosition(failureHook));
}

type HookRest = [Hook["run"]] | [HookOptions<ResourceMap>, Hook["run"]];

function createHook(on: Hook["on"], name: string, rest: HookRest, source: Hook["source"]): Hook {
  const [options, run]: [HookOptions<ResourceMap>, Hook["run"]] = rest.length === 1 ? [{}, rest[0]] : rest;
  return Object.freeze({
    [DEFINITION]: "hook",
    source,
    name,
    on,
    resources: options.resources ?? {},
    run,
  } as const);
}
