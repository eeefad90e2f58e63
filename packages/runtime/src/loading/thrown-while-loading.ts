import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import { SDK_FILES } from "./bundle-files.ts";
import { codeFrame } from "./code-frame.ts";
import { DefinitionsNotLoaded, isAboutDefinitions } from "./loading-errors.ts";

/** As the SDK writes places: `asset "orders" (/home/me/shop/assets.ts:12)`. */
const NAMES_PLACE = /\(\S.*:\d+\)/;
/** Installed packages, and what was bundled. */
const NOT_WRITTEN_BY_HAND = /[/\\](?:node_modules|\.millrace)[/\\]/;
/** Lines shown before the place that threw. */
const LINES_BEFORE = 2;

/**
 * What an error that user code threw while it was loaded means to its author: the place in their file, with the line.
 * Errors of the SDK about definitions that name their places themselves come back as they are.
 *
 * Positions are those of the author's files when the process has source maps enabled.
 */
export function describeThrown(error: unknown, workingDirectory: string): Error {
  const isOurs: boolean = isAboutDefinitions(error);
  if (error instanceof Error && isOurs && NAMES_PLACE.test(error.message)) return error;
  const info = toErrorInfo(error);
  // What an error holds that this message does not say is shown as its cause.
  const cause = (info.errors ?? info.fields) ? error : info.cause;
  if (info.stack === null)
    return new DefinitionsNotLoaded(
      "definitions_threw",
      `The code threw: ${info.message}`,
      [],
      cause ?? undefined,
    );
  const { stack } = info;
  const text = nameImports(isOurs ? info.message : `${info.name}: ${info.message}`);
  const { place, calls } = describePlace(stack, workingDirectory);
  if (place === null && error instanceof Error && isOurs) return error;
  if (place === null) return new DefinitionsNotLoaded("definitions_threw", text, [], cause ?? undefined);
  const message = `${place.text}: ${text}${place.frame}`;
  return new DefinitionsNotLoaded("definitions_threw", message, calls, cause ?? undefined);
}

/** Names what the author imports by the name that they wrote, not by the file that stands for it in the bundle. */
function nameImports(text: string): string {
  return Object.entries(SDK_FILES).reduce(
    (named, [name, file]) => named.replaceAll(`'./${file}'`, `"${name}"`),
    text,
  );
}

/** A place in the author's files, for people. */
export interface ShownPlace {
  /** `src/orders.ts:12:3`, and the lines around it with a mark below, after an empty line; null: the author's files are not in it. */
  readonly place: { readonly text: string; readonly frame: string } | null;
  /** The calls in the author's code that led there, as lines of a stack. */
  readonly calls: readonly string[];
}

/** The place in the author's files that a stack names first. */
export function describePlace(stack: string, workingDirectory: string): ShownPlace {
  const calls = listCalls(stack, workingDirectory);
  const place = placeOfSyntaxError(stack, workingDirectory) ?? placeOf(calls[0] ?? "", workingDirectory);
  if (place === null) return { place: null, calls };
  const text = `${relative(workingDirectory, place.file)}:${place.line}:${place.column}`;
  return { place: { text, frame: frameOf(place) }, calls };
}

/**
 * The await at the top level of one of the author's files that is still waited for, with what it waits for.
 *
 * @param stacks those of all awaits that have not come to their end, the one that began last first.
 */
export function findStalled(stacks: readonly string[], workingDirectory: string): ShownPlace {
  const found = stacks.map((stack) => listCalls(stack, workingDirectory)).filter((calls) => calls.length > 0);
  const [stalled = ""] = found.find(([call = ""]) => IS_TOP_LEVEL.test(call)) ?? found[0] ?? [];
  const { place } = describePlace(stalled, workingDirectory);
  const deepest = found.filter((calls) => calls.includes(stalled)).toSorted((a, b) => b.length - a.length)[0];
  return { place, calls: deepest ?? [] };
}

/** A call of a bundled file as a whole, or of something nameless, such as a file that is a module. */
const IS_TOP_LEVEL = /^ +at (?:async )?(?:(?:Object\.)?\S+\.[cm]?[jt]sx? \(|file:|\/)/;

function listCalls(stack: string, workingDirectory: string): string[] {
  return stack.split("\n").filter((line) => placeOf(line, workingDirectory) !== null);
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The place that a line of a stack names, when it is in the author's own files. */
function placeOf(stackLine: string, workingDirectory: string): Place | null {
  const [, at, line, column] = /^ +at .*?((?:file:\/\/)?\/[^\s()]*):(\d+):(\d+)\)?$/.exec(stackLine) ?? [];
  if (at === undefined) return null;
  const file = at.startsWith("file:") ? fileURLToPath(at) : at;
  if (!file.startsWith(workingDirectory + sep) || NOT_WRITTEN_BY_HAND.test(file)) return null;
  return { file, line: Number(line), column: Number(column) };
}

/** Node puts the place of what it can't link before the message: the file and line, the line's text, a mark below it. */
function placeOfSyntaxError(stack: string, workingDirectory: string): Place | null {
  const [, file, line, mark] = /^(\/.*):(\d+)\n.*\n( *)\^/.exec(stack) ?? [];
  if (file === undefined || mark === undefined || !file.startsWith(workingDirectory + sep)) return null;
  return { file, line: Number(line), column: mark.length + 1 };
}

function frameOf({ file, line, column }: Place): string {
  if (!/\.[cm]?[jt]sx?$/.test(file)) return ""; // A native add-on, which has no lines.
  try {
    const first = Math.max(1, line - LINES_BEFORE);
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .slice(first - 1, line);
    return lines.length === 0 ? "" : `\n\n${codeFrame(lines, first, line, column)}`;
  } catch {
    return ""; // The file has changed or gone since it was bundled.
  }
}
