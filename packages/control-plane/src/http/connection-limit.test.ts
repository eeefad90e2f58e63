import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { limitConnections } from "./connection-limit.ts";

test("of too many connections that have proven nothing the oldest gives way, and one that has stays", async () => {
  const server = createServer((request, response) => {
    limit.prove(request.socket);
    response.end("in");
  });
  const limit = limitConnections(server, 2);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const open = async (): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => {});
    await Promise.all([once(socket, "connect"), once(server, "connection")]);
    return socket;
  };

  const proven = await open();
  proven.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await once(proven, "data");
  const oldest = await open();
  const ended = once(oldest, "close");
  const others = [await open(), await open()];

  await ended;
  expect([proven, ...others].map((socket) => socket.destroyed)).toEqual([false, false, false]);
  for (const socket of [proven, ...others]) socket.destroy();
  server.close();
});
