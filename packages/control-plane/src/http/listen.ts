import type { FastifyInstance } from "fastify";
import { ExpectedError } from "@millrace/model/expected-error";

/** The server can't listen where it should; the message says what to give instead. */
export class AddressUnusable extends ExpectedError {
  readonly code = "address_unusable";
}

/**
 * Listens on an address.
 *
 * @throws AddressUnusable when it is in use, or none of this machine.
 */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const say = REASONS[code];
    throw say === undefined ? error : new AddressUnusable(say(host, port), { cause: error });
  }
}

/** By what the system says. */
const REASONS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `Another process listens on port ${port} of ${host}: give another --port, or 0 for a free one`,
  EADDRNOTAVAIL: (host) =>
    `${host} is no address of this machine: give --host one of its own, or 0.0.0.0 for all`,
  ENOTFOUND: (host) =>
    `There is no host named ${host}: give --host an address of this machine, or 0.0.0.0 for all`,
  EAI_AGAIN: (host) =>
    `The name ${host} can't be looked up now: give --host an address of this machine, or 0.0.0.0 for all`,
  EINVAL: (host) =>
    `${host} can't be listened on: give --host an address of this machine, or 0.0.0.0 for all`,
  EACCES: (_host, port) => `This user may not listen on port ${port}: give --port one from 1024 on`,
};
