import { fileURLToPath } from "node:url";
import type { ErrorInfo } from "@millrace/model/run-event";

/** Where Millrace's packages are: in a checkout the folder of all, where they are installed that of `@millrace`. */
const PACKAGES = fileURLToPath(new URL("../../../", import.meta.url));
/** Installed packages of Millrace, and what a project's bundles share. */
const INSTALLED = /[/\\](?:node_modules[/\\](?:@millrace|millrace)(?:-[\w-]+)?|\.millrace[/\\]engines)[/\\]/;
const OF_NODE = /[ (]node:[\w/]+:\d+/;
const CALL = /^ +at /;
/** What the system says of an error beside its message, which says it too. */
const OF_THE_SYSTEM = new Set(["errno", "syscall"]);

/**
 * An error with what it says beside its message, the errors it collects and what caused it, each with the calls that led there:
 * those of the author's code and of other packages. Millrace's own below them are the same for every step; of an error of
 * Millrace's that has a code, its message says it all. The event has all calls.
 */
export function showError({ stack, message, code, cause, fields = {}, errors = [] }: ErrorInfo): string {
  return [
    stack === null ? message : showStack(stack, message, code !== undefined),
    ...Object.entries(fields)
      .filter(([field, text]) => !OF_THE_SYSTEM.has(field) && !message.includes(text))
      .map(([field, text]) => `  ${field}: ${text}`),
    ...errors.map((inner) => `One of ${errors.length}: ${showError(inner)}`),
    ...(cause ? [`Caused by: ${showError(cause)}`] : []),
  ].join("\n");
}

/** @param isExpected whether somebody can act on the message. */
function showStack(stack: string, message: string, isExpected: boolean): string {
  const lines = stack.split("\n");
  const begin = lines.findIndex((line) => CALL.test(line) && !message.includes(line));
  const calls = begin < 0 ? [] : lines.slice(begin);
  const last = calls.findLastIndex((line) => !isOwn(line));
  // Where all calls are Millrace's it is a fault of Millrace's, unless it is one that is expected.
  const shown = last < 0 && !isExpected ? calls : calls.slice(0, last + 1);
  // The stack of an error without a message does not say what its inner errors say.
  const head = stack.includes(message) ? [] : [message];
  return [...head, ...lines.slice(0, begin < 0 ? undefined : begin), ...shown].join("\n");
}

function isOwn(call: string): boolean {
  return call.includes(PACKAGES) || INSTALLED.test(call) || OF_NODE.test(call);
}
