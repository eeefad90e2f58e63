import { parseAssetKey, type AssetKey } from "@millrace/model/asset-key";
import type { CheckSeverity } from "../assets/check-result.ts";
import type { Logger } from "../context/logger.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { isRecord, parsePythonJson, textOf } from "./pipes-json.ts";
import { parsePipesMetadata } from "./pipes-metadata.ts";

/** The key that makes a line of JSON a message of the protocol. */
const VERSION = "__dagster_pipes_version";

/** A message from a script, protocol version 0.1. */
export type PipesMessage =
  | { readonly method: "opened" }
  | { readonly method: "closed"; readonly exception: Error | null }
  | { readonly method: "log"; readonly level: keyof Logger; readonly message: string }
  | {
      readonly method: "report_asset_materialization";
      readonly assetKey: AssetKey;
      readonly dataVersion: string | null;
      readonly metadata: MetadataRecord;
    }
  | {
      readonly method: "report_asset_check";
      readonly assetKey: AssetKey;
      readonly checkName: string;
      readonly passed: boolean;
      readonly severity: CheckSeverity;
      readonly metadata: MetadataRecord;
    }
  | { readonly method: "report_custom_message"; readonly payload: unknown }
  | { readonly method: "log_external_stream"; readonly stream: "stdout" | "stderr"; readonly text: string };

/** Reads one line of messages; of a line that is none of them, says why. */
export function parsePipesMessage(line: string): PipesMessage | { readonly problem: string } {
  const document = parsePythonJson(line);
  if (!isRecord(document)) return { problem: "it is no JSON object" };
  if (!(VERSION in document)) return { problem: `it has no "${VERSION}"` };
  const { method } = document;
  if (typeof method !== "string") return { problem: "it has no method" };
  const params = isRecord(document["params"]) ? document["params"] : {};
  const message = parseMethod(method, params);
  if (message === undefined) return { problem: `its method "${method}" is unknown` };
  return message ?? { problem: `the parameters of its method "${method}" are not as they should be` };
}

/** Null when the parameters do not fit; undefined for an unknown method. */
function parseMethod(
  method: string,
  params: Readonly<Record<string, unknown>>,
): PipesMessage | null | undefined {
  const { asset_key: key, metadata } = params;
  const reported = isRecord(metadata) ? parsePipesMetadata(metadata) : {};
  switch (method) {
    case "opened":
      return { method };
    case "closed":
      return { method, exception: parseException(params["exception"]) };
    case "log":
      return { method, level: parseLevel(params["level"]), message: textOf(params["message"]) };
    case "report_asset_materialization": {
      const { data_version: version } = params;
      if (typeof key !== "string") return null;
      const dataVersion = typeof version === "string" ? version : null;
      return { method, assetKey: parseAssetKey(key), dataVersion, metadata: reported };
    }
    case "report_asset_check": {
      const { check_name: checkName, passed, severity } = params;
      if (typeof key !== "string" || typeof checkName !== "string" || typeof passed !== "boolean")
        return null;
      return {
        method,
        assetKey: parseAssetKey(key),
        checkName,
        passed,
        severity: severity === "WARN" ? "WARN" : "ERROR",
        metadata: reported,
      };
    }
    case "report_custom_message":
      return { method, payload: params["payload"] };
    case "log_external_stream": {
      const { stream, text } = params;
      if ((stream !== "stdout" && stream !== "stderr") || typeof text !== "string") return null;
      return { method, stream, text };
    }
    default:
      return undefined;
  }
}

function parseLevel(level: unknown): keyof Logger {
  const name = textOf(level).toLowerCase();
  switch (name) {
    case "debug":
    case "warning":
    case "error":
    case "critical":
      return name;
    case "warn":
      return "warning";
    default:
      return "info";
  }
}

/** An exception of the script as an error, with its calls (newest first, as ours are) and what caused it. */
function parseException(exception: unknown): Error | null {
  if (!isRecord(exception)) return null;
  const name = typeof exception["name"] === "string" ? exception["name"] : "Exception";
  const text = textOf(exception["message"]).trimEnd();
  const message = text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text;
  const cause = parseException(exception["cause"]) ?? parseException(exception["context"]);
  const error = new Error(message, cause === null ? {} : { cause });
  error.name = name;
  const stack = Array.isArray(exception["stack"]) ? exception["stack"].map(textOf).toReversed() : [];
  error.stack = [`${name}: ${message}`, ...stack.map((call) => call.trimEnd())].join("\n");
  return error;
}
