import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createClient } from "../client.ts";

const open: Disposable[] = [];
afterEach(() => open.splice(0).forEach((each) => each[Symbol.dispose]()));

/** What may stand where a control plane should. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  open.push({ [Symbol.dispose]: () => server.close().closeAllConnections() });
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The error of a request that is answered with this. */
async function errorOf(status: number, body: string): Promise<unknown> {
  const url = await serve((_request, response) => response.writeHead(status).end(body));
  return createClient({ url })
    .launch("nightly")
    .catch((error: unknown) => error);
}

const refused = (code: string) =>
  JSON.stringify({ errors: [{ message: "No, because", extensions: { code } }] });

test.for([
  [502, "<h1>Bad gateway</h1>", "server_unreachable", "answered 502"],
  [200, refused("unavailable"), "server_unreachable", "No, because"],
  [200, "<h1>Sign in</h1>", "not_a_server", "is it a Millrace server?"],
  [200, '"text"', "not_a_server", "no"],
  [401, "<h1>Who are you?</h1>", "token_refused", "wants one"],
  [401, refused("unauthenticated"), "token_refused", "No, because"],
  [403, "", "not_allowed", "answered 403"],
  [403, refused("forbidden"), "not_allowed", "No, because"],
  [200, refused("bad_request"), "request_refused", "No, because"],
  [200, '{"errors": [{"message": "Bug"}]}', "request_refused", "Bug"],
] as const)("what answers %i with %s is told by its code %s", async ([status, body, code, message]) => {
  expect(await errorOf(status, body)).toMatchObject({ code, message: expect.stringContaining(message) });
});

test("an address where nobody answers, or that is none, is named", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const nobody = createClient({ url: `http://127.0.0.1:${port}/` });

  await expect(nobody.runs()).rejects.toMatchObject({
    code: "server_unreachable",
    message: `No control plane answers at http://127.0.0.1:${port}. Is it running? (millrace dev, or millrace server)`,
  });
  expect(() => createClient({ url: "localhost:3000" })).toThrow(
    '"localhost:3000" is no address of a control plane',
  );
});

test("token, deployment and further headers go with every request, wherever the address leads", async () => {
  const seen: unknown[] = [];
  const url = await serve(({ url: path, headers }, response) => {
    seen.push([path, headers.authorization, headers["millrace-deployment"], headers["x-team"]]);
    response.end('{"data": {"runs": {"nodes": []}}}');
  });

  const client = createClient({
    url: `${url}/runs/r1`,
    token: "t0k3n",
    deployment: "staging",
    headers: { "x-team": "shop" },
  });

  expect(await client.runs()).toEqual([]);
  expect(seen).toEqual([["/graphql", "Bearer t0k3n", "staging", "shop"]]);
});

test("who stops waiting hears why, and leaves no connection behind", async () => {
  const left = Promise.withResolvers<void>();
  const url = await serve((request, response) => {
    if (request.headers.accept === "text/event-stream") {
      request.socket.once("close", () => left.resolve());
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      asked.resolve();
    } else response.end('{"data": {"run": {"status": "STARTED", "tags": []}}}');
  });
  const asked = Promise.withResolvers<void>();
  const stopping = new AbortController();

  const waiting = createClient({ url }).run("r1").wait({ signal: stopping.signal });
  await asked.promise;
  stopping.abort(new Error("enough"));

  await expect(waiting).rejects.toThrow("enough");
  await left.promise;
});
