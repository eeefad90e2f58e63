import { parseErrorInfo } from "@millrace/model/errors/parse-error-info";
import { parseFields, textField, textsField } from "../../home/state-file.ts";
import { notUnderstood } from "../launch-failures.ts";
import { DefinitionsFailed } from "../launcher.ts";

/** What a code server says once it serves. */
export interface ReadyCode {
  readonly codeDigest: string;
  /** The file that run workers load, an absolute path. */
  readonly bundle: string;
  readonly warnings: readonly string[];
}

/** Reads this from what is kept of a code server. @throws TypeError */
export function parseReadyCode(fields: Readonly<Record<string, unknown>>): ReadyCode {
  return {
    codeDigest: textField(fields, "codeDigest"),
    bundle: textField(fields, "bundle"),
    warnings: textsField(fields, "warnings"),
  };
}

/**
 * Reads what a code server says when it has loaded its definitions, or has not.
 *
 * @returns null for what is neither.
 * @throws DefinitionsFailed when they do not load; LaunchFailed when it can't be understood.
 */
export function readAnnouncement(message: unknown): ReadyCode | null {
  const said = parseAnnouncement(message);
  if (said instanceof DefinitionsFailed) throw said;
  return said;
}

function parseAnnouncement(message: unknown): ReadyCode | DefinitionsFailed | null {
  try {
    const fields = parseFields(message);
    if (fields["type"] === "ready") return parseReadyCode(fields);
    return fields["type"] === "failed" ? new DefinitionsFailed(parseErrorInfo(fields["error"])) : null;
  } catch (cause) {
    throw notUnderstood(cause);
  }
}
