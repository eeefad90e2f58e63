import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { refusal } from "./gzip-requests.ts";

/** Serves the web app's files; every other page address gets `index.html`, since the app routes by itself. */
export async function addWebApp(app: FastifyInstance): Promise<void> {
  const root = fileURLToPath(new URL("../../../web/dist/", import.meta.url));
  const built = existsSync(`${root}index.html`);
  if (built) {
    await app.register(fastifyStatic, {
      root,
      setHeaders: (reply, path) => {
        // Names of files in assets/ hold a hash of what is in them.
        const cacheControl = path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
        reply.header("cache-control", cacheControl);
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
    if (wantsPage && built) return reply.sendFile("index.html");
    if (wantsPage)
      return reply
        .code(404)
        .type("text/plain")
        .send("The web app is not built: run `npm run build --workspace packages/web`");
    return reply.code(404).send(refusal(`There is nothing at ${request.method} ${request.url}`, "not_found"));
  });
}
