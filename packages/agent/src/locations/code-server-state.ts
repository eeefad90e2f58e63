import { mkdirSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { parseLocationDocument, type LocationDocument } from "@millrace/model/location-document";
import type { Logger } from "pino";
import { explainNoRoom } from "@millrace/model/errors/no-room-left";
import { countField, parseFields, readStateFile, writeStateFile } from "../home/state-file.ts";

/** A code server writes what user code prints; past this size its log starts anew. */
const MAX_LOG_BYTES = 20 * 1024 * 1024;

/** `server.json`: a code server that was ready, for the agent after this one. */
export interface CodeServerState {
  readonly revision: number;
  readonly document: LocationDocument;
  /** What the launcher finds it by. */
  readonly record: unknown;
}

/** The folder of a location; its name may hold any character. */
export function locationFolder(codeServersFolder: string, name: string): string {
  // "." and ".." are the only names that stay themselves and mean something else.
  return join(codeServersFolder, encodeURIComponent(name).replaceAll(".", "%2E"));
}

/** The locations that earlier agents served, by name. */
export function listLocationNames(codeServersFolder: string): string[] {
  mkdirSync(codeServersFolder, { recursive: true, mode: 0o700 });
  return readdirSync(codeServersFolder).flatMap((entry) => {
    try {
      return [decodeURIComponent(entry)];
    } catch {
      return []; // Not ours.
    }
  });
}

/** Creates the folder of one revision of a location. */
export function createRevisionFolder(folder: string, revision: number): string {
  const directory = join(folder, String(revision));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explainNoRoom("The agent can't start a code server", directory, error);
  }
  return directory;
}

/** Removes the folders of all revisions but these. */
export function removeOtherRevisions(folder: string, keep: readonly (number | undefined)[]): void {
  for (const entry of listEntries(folder)) {
    if (!keep.some((revision) => String(revision) === entry))
      rmSync(join(folder, entry), { recursive: true, force: true });
  }
}

export function writeCodeServerState(directory: string, state: CodeServerState): void {
  try {
    writeStateFile(join(directory, "server.json"), state);
  } catch (error) {
    throw explainNoRoom("The agent can't keep which code server it started", directory, error);
  }
}

/** The code servers that earlier agents started for a location, newest revision first. */
export function listCodeServerStates(folder: string, logger: Logger): CodeServerState[] {
  return listEntries(folder)
    .flatMap((entry) => readStateFile(join(folder, entry, "server.json"), parseCodeServerState, logger) ?? [])
    .sort((a, b) => b.revision - a.revision);
}

/** Empties a code server's log once it is too long. It is written in append mode, so that writing goes on at the start. */
export function limitLog(directory: string): void {
  const log = join(directory, "log");
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) truncateSync(log);
}

function parseCodeServerState(document: unknown): CodeServerState {
  const fields = parseFields(document);
  return {
    revision: countField(fields, "revision"),
    document: parseLocationDocument(fields["document"]),
    record: fields["record"],
  };
}

function listEntries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
