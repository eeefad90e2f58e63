import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** For tests: a registry of one image, on this machine, for those who present a user and a password. */
export interface TestRegistry {
  /** The image's name. */
  readonly image: string;
  /** The registry's name. */
  readonly host: string;
  /** Gives the name to another image, whose shell no machine can run. */
  push(workingDirectory: string, architecture: string): void;
  stop(): Promise<void>;
}

/** For tests: starts a registry whose image only `user` may pull. */
export async function startTestRegistry(user: string, password: string): Promise<TestRegistry> {
  const blobs = new Map<string, Buffer>();
  const keep = (content: Buffer): { digest: string; size: number } => {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    blobs.set(digest, content);
    return { digest, size: content.length };
  };
  const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
  let manifest = "";
  const layer = keep(makeLayer());
  const server = createServer((request, response) => {
    const expected = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    const path = request.url ?? "";
    const blob = path.includes("/blobs/") ? blobs.get(path.slice(path.lastIndexOf("/") + 1)) : undefined;
    if (request.headers.authorization !== expected)
      response
        .writeHead(401, { "www-authenticate": 'Basic realm="test"' })
        .end('{"errors":[{"code":"UNAUTHORIZED"}]}');
    else if (path === "/v2/") response.end("{}");
    else if (path.includes("/manifests/")) {
      const { digest } = keep(Buffer.from(manifest));
      response.writeHead(200, {
        "content-type": manifestType,
        "content-length": manifest.length,
        "docker-content-digest": digest,
      });
      response.end(request.method === "HEAD" ? undefined : manifest);
    } else if (blob !== undefined) response.end(blob);
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    image: `${host}/shop:1`,
    push(workingDirectory, architecture) {
      const config = keep(
        Buffer.from(
          JSON.stringify({
            architecture,
            os: "linux",
            config: { WorkingDir: workingDirectory },
            rootfs: { type: "layers", diff_ids: [layer.digest] },
          }),
        ),
      );
      manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: "application/vnd.docker.container.image.v1+json", ...config },
        layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar", ...layer }],
      });
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** A shell that says it is for a processor that there has never been. */
function makeLayer(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "millrace-registry-"));
  mkdirSync(join(folder, "bin"));
  const shell = readFileSync("/bin/sh");
  shell.writeUInt16LE(0xfe, 18);
  writeFileSync(join(folder, "bin/sh"), shell, { mode: 0o755 });
  const { stdout } = spawnSync("tar", ["-C", folder, "-c", "bin"]);
  rmSync(folder, { recursive: true });
  return stdout;
}
