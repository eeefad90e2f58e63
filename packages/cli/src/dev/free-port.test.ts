import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { findFreePort, isFreePort } from "./free-port.ts";

test("a port that is taken is passed over", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;

  expect(await isFreePort(port)).toBe(false);
  expect(await findFreePort(port)).not.toBe(port);

  taken.close();
  await once(taken, "close");
  expect(await isFreePort(port)).toBe(true);
});
