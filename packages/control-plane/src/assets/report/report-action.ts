import type { FastifyRequest } from "fastify";
import { InvalidReport, parseReportedEvent } from "@millrace/model/reported-event";
import { parseAssetKey } from "@millrace/model/asset-key";
import { explainInvalidText } from "@millrace/model/text-limits";
import { userApiGuard, type ChangeRule } from "../../access/guard-user-api.ts";
import type { UserContext } from "../../graphql/context.ts";
import type { JsonAction } from "../../http/json-action.ts";
import { reportAssetEvent } from "./report-asset-events.ts";

const RULE: ChangeRule = { action: "asset.report", audit: ["kind", "assetKey"] };

/**
 * `POST /report/KIND/ASSET_KEY`, and `/d/NAME/report/…` for a deployment: what the mutation `reportAssetEvent` does, for `curl` and
 * whoever has no client of GraphQL. The body has the other fields of the event, and perhaps an `idempotencyKey`.
 *
 * @param admit finds out who asks, about which deployment.
 */
export function createReportAction(
  admit: (request: FastifyRequest) => Promise<(signal: AbortSignal) => UserContext>,
  maxBytes: number,
): JsonAction {
  return {
    urls: ["/report/:kind/*", "/d/:deployment/report/:kind/*"],
    maxBytes,
    async admit(request) {
      const createContext = await admit(request);
      const { kind, "*": path } = request.params as { readonly kind: string; readonly "*": string };
      const assetKey = parseAssetKey(path);
      return async (body, signal) => {
        const context = createContext(signal);
        const args = { kind, assetKey };
        return userApiGuard.guard(RULE, { field: "POST /report", args, context }, () =>
          report(context, args, body ?? {}),
        );
      };
    },
  };
}

/** @returns what the mutation answers. */
async function report(
  { db, deploymentId, viewer }: UserContext,
  args: { readonly kind: string; readonly assetKey: string },
  body: unknown,
): Promise<{ readonly isNew: boolean }> {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new InvalidReport("The body must be a JSON object with the fields of the event");
  const { idempotencyKey = null, ...fields } = body as Readonly<Record<string, unknown>>;
  const event = parseReportedEvent({ ...fields, ...args });
  return {
    isNew: await reportAssetEvent(db, { deploymentId, name: viewer.name }, event, readKey(idempotencyKey)),
  };
}

function readKey(value: unknown): string | null {
  if (value === null) return null;
  const problem = typeof value === "string" ? explainInvalidText(value) : "must be a text";
  if (problem !== null) throw new InvalidReport(`\`idempotencyKey\` ${problem}`);
  return value as string;
}
