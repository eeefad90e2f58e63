import { basename, dirname, resolve } from "node:path";
import type { Message } from "esbuild";
import { ExpectedError } from "@millrace/model/expected-error";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import type { ErrorInfo } from "@millrace/model/run-event";
import { codeFrame } from "./code-frame.ts";

/** Why a code location's definitions cannot be used, before anything is said about the definitions themselves. */
export type LoadingErrorCode =
  /** There is no entry file. */
  | "definitions_missing"
  /** It has a syntax error, or an import that cannot be resolved. */
  | "definitions_not_built"
  /** The code threw while it was loaded, or left an error uncaught. */
  | "definitions_threw"
  /** The code awaits something that does not come to its end. */
  | "definitions_hung"
  /** The code ended the process. */
  | "definitions_exited";

/** The definitions of a code location did not load. The message says in which file, at which line, and shows it. */
export class DefinitionsNotLoaded extends ExpectedError {
  readonly code: LoadingErrorCode;
  /** The calls in the author's code that led there, as lines of a stack. */
  readonly calls: readonly string[];

  constructor(code: LoadingErrorCode, message: string, calls: readonly string[] = [], cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = "DefinitionsNotLoaded";
    this.code = code;
    this.calls = calls;
  }
}

/**
 * Why definitions did not load, for whoever wrote them: a stack only where it shows their own calls. Errors of the SDK
 * about definitions name their places in the message.
 */
export function describeLoadingError(error: unknown): ErrorInfo {
  const info = toErrorInfo(error);
  if (error instanceof DefinitionsNotLoaded) {
    const { message, calls } = error;
    return { ...info, stack: calls.length === 0 ? null : [message, ...calls].join("\n") };
  }
  return isAboutDefinitions(error) ? { ...info, stack: null } : info;
}

/** The SDK may be there twice, here and in the bundle, so its errors are known by name. */
export function isAboutDefinitions(error: unknown): error is Error {
  return error instanceof ExpectedError || (error instanceof Error && error.name === "DefinitionError");
}

/** How many of a build's errors are shown; the first ones are the causes of the others. */
const MAX_SHOWN = 10;

/**
 * What esbuild's failure means to the author. Positions are from 1, files relative to the working directory.
 * Anything that is not a failed build comes back as it is.
 */
export function describeBuildFailure(failure: unknown): unknown {
  if (!(failure instanceof Error) || !("errors" in failure) || !Array.isArray(failure.errors)) return failure;
  const messages = failure.errors as readonly Message[];
  const shown = messages.slice(0, MAX_SHOWN).map(describeMessage);
  if (messages.length > MAX_SHOWN) shown.push(`… and ${messages.length - MAX_SHOWN} more errors`);
  return new DefinitionsNotLoaded("definitions_not_built", shown.join("\n\n"));
}

/** The files that a failed build looked for beside others, absolute paths. */
export function listUnresolved(failure: unknown, workingDirectory: string): string[] {
  if (!(failure instanceof Error) || !("errors" in failure) || !Array.isArray(failure.errors)) return [];
  return (failure.errors as readonly Message[]).flatMap(({ text, location }) => {
    const path = /^Could not resolve "(\.[^"]*)"/.exec(text)?.[1];
    return path === undefined || location === null
      ? []
      : [resolve(workingDirectory, dirname(location.file), path)];
  });
}

/** What the bundler says, with the place and its line. */
export function describeMessage({ text, location, notes }: Message): string {
  const unresolved = /^Could not resolve "([^"]*)"/.exec(text)?.[1];
  // The bundler's own advice is for people who configure bundlers.
  const unknown = /^No loader is configured for "[^"]*" files: (.*)/.exec(text)?.[1];
  const hints =
    unresolved !== undefined
      ? [resolveHint(unresolved)]
      : unknown !== undefined
        ? [importHint(unknown)]
        : notes.map((note) => note.text);
  const hint = hints.map((line) => `\n  ${line}`).join("");
  if (location === null) return text + hint;
  const { file, line, column, length, lineText } = location;
  return `${file}:${line}:${column + 1}: ${text}\n\n${codeFrame([lineText], line, line, column + 1, length)}${hint}`;
}

/** What to write instead of an import that the bundler has no idea of. */
function importHint(path: string): string {
  const from = JSON.stringify(`./${basename(path)}`);
  return `Import its text with: import text from ${from} with { type: "text" }, or its bytes with { type: "bytes" }.`;
}

function resolveHint(specifier: string): string {
  if (/^[./]/.test(specifier))
    return "Is the path right? It is relative to this file and needs the file's ending.";
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const installed = `Is "${name}" among the dependencies of package.json, and installed?`;
  return specifier === name ? installed : `${installed} Then: does it offer "${specifier}"?`;
}
