import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createDockerEngine } from "./docker-engine.ts";
import { findEngineAddress } from "./engine-address.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-docker-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the engine is found where Docker's own command line finds it", () => {
  const find = (host?: string) => findEngineAddress({ DOCKER_HOST: host }, folder);
  expect(find()).toEqual({ socketPath: "/var/run/docker.sock" });
  expect(find("unix:///run/user/1000/docker.sock")).toEqual({ socketPath: "/run/user/1000/docker.sock" });
  expect(find("tcp://10.0.0.1")).toEqual({ host: "10.0.0.1", port: 2375, tls: null });
  expect(find("tcp://[::1]:9")).toEqual({ host: "::1", port: 9, tls: null });
  expect(() => find("ssh://ann@build")).toThrow(
    /can't use: give unix:.*or tcp:.*run the agent on the engine's machine/,
  );
  expect(() => find("tcp://a b")).toThrow(/can't use/);
});

test("an engine behind TLS is asked with the agent's certificate, and only if its own is of the authority", async () => {
  // Its own authority, and both sides of the connection.
  const words = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
  ];
  const names = ["-subj", "/CN=engine", "-addext", "subjectAltName=IP:127.0.0.1"];
  const { status, stderr } = spawnSync(
    "openssl",
    [...words, ...names, "-keyout", "key.pem", "-out", "cert.pem"],
    { cwd: folder, encoding: "utf8" },
  );
  expect(status, stderr).toBe(0);
  const environment = (port: number) => ({ DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: "1" });
  expect(() => findEngineAddress(environment(1), folder)).toThrow(/ca\.pem can't be read.*DOCKER_CERT_PATH/);
  spawnSync("cp", ["cert.pem", "ca.pem"], { cwd: folder });

  const read = (name: string) => readFileSync(join(folder, name));
  const [ca, cert, key] = [read("ca.pem"), read("cert.pem"), read("key.pem")];
  const server = createServer({ ca, cert, key, requestCert: true }, (_request, response) =>
    response.end("OK"),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const engine = createDockerEngine(findEngineAddress(environment(port), folder));
  expect(await engine.ask({ method: "GET", path: "/_ping" })).toBe("OK");

  const stranger = createDockerEngine({ host: "localhost", port, tls: { ca, cert, key } });
  await expect(stranger.ask({ method: "GET", path: "/_ping" })).rejects.toThrow(
    /The Docker engine at localhost:\d+ does not answer: .*altnames/,
  );
  server.close();
  server.closeAllConnections();
});
