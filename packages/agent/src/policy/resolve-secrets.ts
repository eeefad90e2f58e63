import { execFile } from "node:child_process";
import { parseEnv } from "node:util";
import { MASKED_VARIABLES } from "@millrace/model/masked-variables";
import type { LocationDocument } from "@millrace/model/location-document";
import { LaunchFailed } from "../launchers/launcher.ts";
import type { Environment } from "./given-environment.ts";

/** The agent's own settings are nobody else's, whoever says them. */
const NEVER_GIVEN = /^MILLRACE_/;
/** A vault that does not answer must not hold a code location for ever: it is asked again. */
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 1024 * 1024;

/** Finds the secrets of a code location in the agent's environment. @throws LaunchFailed */
export type ResolveSecrets = (locationName: string, signal: AbortSignal) => Promise<Environment>;

/** There are none. */
export const noSecrets: ResolveSecrets = async () => ({});

/**
 * Has a command of the operator say them: it prints `NAME=value` lines as `.env` files have them, and is told the location's name as
 * `MILLRACE_LOCATION`. What it prints stays in this process's memory.
 */
export function createSecretsCommand(command: string): ResolveSecrets {
  return async (locationName, signal) => {
    const env = { ...process.env, MILLRACE_LOCATION: locationName };
    const options = { env, signal, timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES };
    const printed = await new Promise<string>((resolve, reject) => {
      execFile("/bin/sh", ["-c", command], options, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        if (signal.aborted) return reject(signal.reason as Error);
        // Never what it printed to stdout, nor the command itself: both may hold secrets.
        const how =
          error.killed === true
            ? `took longer than ${TIMEOUT_MS / 1_000} s, or printed more than 1 MB`
            : `ended with ${String(error.code ?? error.signal)}`;
        const why = stderr.trim().slice(-1_000);
        reject(new LaunchFailed(`The command of --secrets-command ${how}${why === "" ? "" : `: ${why}`}`));
      });
    });
    const entries = Object.entries(parseEnv(printed));
    return Object.fromEntries(
      entries.flatMap(([name, value]) =>
        value === undefined || NEVER_GIVEN.test(name) ? [] : [[name, value]],
      ),
    );
  };
}

/** A document whose processes are given secrets too, and told which of their variables these are. They hold before its own. */
export function withSecrets(document: LocationDocument, secrets: Environment): LocationDocument {
  const names = Object.keys(secrets);
  if (names.length === 0) return document;
  const environment = { ...document.environment, ...secrets, [MASKED_VARIABLES]: names.join(",") };
  return { ...document, environment };
}
