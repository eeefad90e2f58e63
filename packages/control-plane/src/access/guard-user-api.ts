import type { Logger } from "pino";
import { ExpectedError } from "@millrace/model/expected-error";
import { Failure } from "../api/failure.ts";
import type { AccessGuard, GuardedRequest } from "./access-plugin.ts";
import type { Action } from "./actions.ts";
import { isAllowed, NotAllowed, type Viewer } from "./viewer.ts";

/** What a mutation of the user API says about itself. */
export interface ChangeRule {
  readonly action: Action;
  /**
   * The arguments that the record of the change holds, such as `id` or `input.jobName`: those that say what was changed, and none
   * that can hold a secret.
   */
  readonly audit: readonly string[];
}

/** What a request must say about itself to be let in. */
export interface GuardedContext {
  readonly viewer: Viewer;
  /** Who asks by now; throws when they may not ask at all any more. */
  readonly findViewer: () => Promise<Viewer> | Viewer;
  readonly deploymentId: string;
  readonly logger: Logger;
}

/** Decides for the user API: by the viewer's grants in the deployment that is asked. Every change is recorded, refused ones too. */
export const userApiGuard: AccessGuard<GuardedContext, Action | ChangeRule> = {
  guard(rule, request, resolve) {
    if (typeof rule !== "string") return change(rule, request, resolve);
    requireAllowed(request.context.viewer, rule, request.context);
    return resolve();
  },
  async renew(rule, context) {
    requireAllowed(await context.findViewer(), typeof rule === "string" ? rule : rule.action, context);
  },
};

/**
 * For what a field does beyond its rule, depending on its arguments.
 *
 * @throws NotAllowed
 */
export function requireAllowed(
  viewer: Viewer,
  action: Action,
  { deploymentId }: Pick<GuardedContext, "deploymentId">,
): void {
  if (!isAllowed(viewer, action, deploymentId)) throw new NotAllowed(viewer, action);
}

async function change(
  rule: ChangeRule,
  request: GuardedRequest<GuardedContext>,
  resolve: () => unknown,
): Promise<unknown> {
  try {
    requireAllowed(request.context.viewer, rule.action, request.context);
    const result = await resolve();
    record(rule, request, result instanceof Failure ? result.error.code : "done");
    return result;
  } catch (error) {
    record(rule, request, error instanceof ExpectedError ? error.code : "failed");
    throw error;
  }
}

/** Writes a change into the server's log: who asked for what, and what became of it (`done`, `failed`, or the code of the refusal). */
function record(
  { action, audit }: ChangeRule,
  { args, context }: GuardedRequest<GuardedContext>,
  outcome: string,
): void {
  const { logger, viewer, deploymentId } = context;
  const what = Object.fromEntries(audit.map((path) => [path, valueAt(args, path.split("."))]));
  logger.info(
    { audit: { action, viewer: viewer.name, deploymentId, ...what, outcome } },
    `${action}: ${outcome}`,
  );
}

function valueAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  return typeof value === "object" && value !== null
    ? valueAt((value as Readonly<Record<string, unknown>>)[name], rest)
    : undefined;
}
