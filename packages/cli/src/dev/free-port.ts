import { createServer } from "node:net";
import { once } from "node:events";

/** The first free port of the loopback address from `first` on; after twenty taken ones, any free port. */
export async function findFreePort(first: number): Promise<number> {
  for (let port = first; port < first + 20; port++) {
    if (await canListen(port)) return port;
  }
  return 0;
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  const free = await Promise.race([
    once(server, "listening").then(() => true),
    once(server, "error").then(() => false),
  ]);
  if (free) {
    server.close();
    await once(server, "close");
  }
  return free;
}
