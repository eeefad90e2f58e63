import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { fastify } from "fastify";
import { expect, test } from "vitest";
import { AddressUnusable, listen } from "./listen.ts";

test("a port that is in use is named", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;

  await expect(listen(fastify(), "127.0.0.1", port)).rejects.toThrow(
    new AddressUnusable(
      `Another process listens on port ${port} of 127.0.0.1: give another --port, or 0 for a free one`,
    ),
  );

  other.close();
});

test("an address of another machine, and a name that nobody has, are refused with what to give", async () => {
  await expect(listen(fastify(), "192.0.2.1", 0)).rejects.toThrow(
    /^192\.0\.2\.1 is no address of this machine/,
  );
  await expect(listen(fastify(), "nosuch.invalid", 0)).rejects.toThrow(AddressUnusable);
});
