import {
  createUserApi as connect,
  readAddress,
  type UserApi,
} from "millrace-client/internal/connection/user-api";
import type { ServerUnreachable } from "millrace-client/internal/errors/client-error";

export type { UserApi };

/** The control plane's address that every command uses unless `--url` or `MILLRACE_URL` names another. */
export const DEFAULT_URL = "http://127.0.0.1:3000";

/** A command that can't do what was asked, with a message for the person who typed it. Ends the process with `exitCode`. */
export class CommandError extends Error {
  readonly code = "command_error";
  readonly exitCode: number;
  constructor(message: string, options?: ErrorOptions & { readonly exitCode?: number }) {
    super(message, options);
    this.exitCode = options?.exitCode ?? 1;
  }
}

/** @throws NotAServer when a text is no address of a control plane. */
export function checkServerUrl(url: string): void {
  readAddress(url);
}

/**
 * The user API of a control plane, as a command asks it.
 *
 * @param url the control plane's address, such as `http://127.0.0.1:3000`.
 * @throws NotAServer when it is no such address.
 */
export function createUserApi(url: string): UserApi {
  return connect({ url });
}

/** Says on standard error that what follows something waits for the control plane. */
export function sayAway(error: ServerUnreachable): void {
  console.error(`${error.message.split("\n")[0]} Trying on; Ctrl-C ends.`);
}
