import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LaunchFailed } from "../launcher.ts";

/** Where an engine listens. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly tls: EngineTls | null };

/** What an engine and the agent know each other by. */
export interface EngineTls {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Where the engine is, by the variables that Docker's own command line goes by: `DOCKER_HOST`, and for an address with TLS
 * `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`. Default: the engine of the system.
 *
 * @param configFolder where `ca.pem`, `cert.pem` and `key.pem` are unless `DOCKER_CERT_PATH` says.
 * @throws LaunchFailed when it is reached otherwise, or a file can't be read.
 */
export function findEngineAddress(
  environment: Readonly<Record<string, string | undefined>>,
  configFolder: string,
): EngineAddress {
  const { DOCKER_HOST: address, DOCKER_TLS_VERIFY: verify, DOCKER_CERT_PATH: certPath } = environment;
  if (!address) return { socketPath: "/var/run/docker.sock" };
  if (address.startsWith("unix:///")) return { socketPath: address.slice("unix://".length) };
  const [, host = "", port] = /^tcp:\/\/(\[[\da-f:]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i.exec(address) ?? [];
  if (host === "")
    throw new LaunchFailed(
      `DOCKER_HOST is ${address}, which this agent can't use: give unix:///path/of/docker.sock or tcp://host:port${address.startsWith("ssh:") ? ", and run the agent on the engine's machine, since it shares folders with its containers" : ""}`,
    );
  const tls = verify ? readTls(certPath || configFolder) : null;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port ?? (tls === null ? 2375 : 2376)), tls };
}

/** As people write it. */
export function describeAddress(address: EngineAddress): string {
  return "socketPath" in address ? address.socketPath : `${address.host}:${address.port}`;
}

function readTls(folder: string): EngineTls {
  const read = (name: string): Buffer => {
    try {
      return readFileSync(join(folder, name));
    } catch (cause) {
      throw new LaunchFailed(
        `DOCKER_TLS_VERIFY is set, but ${join(folder, name)} can't be read: ${(cause as Error).message}. DOCKER_CERT_PATH names the folder of ca.pem, cert.pem and key.pem`,
        { cause },
      );
    }
  };
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}
