import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";

/** The first free port of the loopback address from `first` on; after twenty taken ones, any free port. */
export async function findFreePort(first: number): Promise<number> {
  for (let port = first; port < first + 20; port++) {
    if ((await tryPort(port)) !== null) return port;
  }
  return findAnyPort();
}

/** Whether nobody listens on a port of the loopback address, and this process may. */
export async function isFreePort(port: number): Promise<boolean> {
  return (await tryPort(port)) !== null;
}

/** A free port of the loopback address. */
export async function findAnyPort(): Promise<number> {
  const port = await tryPort(0);
  if (port === null) throw new Error("The system has no free port");
  return port;
}

/** Listens on a port for a moment; the port it got, or null when it is taken. */
async function tryPort(port: number): Promise<number | null> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  const free = await once(server, "listening").then(
    () => true,
    () => false,
  );
  if (!free) return null;
  const { port: taken } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return taken;
}
