import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";

/** A network between an agent with its workers and the control plane, which can be cut. */
export interface Network {
  /** Where the agent finds the control plane. */
  readonly url: string;
  /** Ends every connection and accepts none. */
  cut(): void;
  /** Keeps every connection and carries nothing, as a link does whose other end has vanished. */
  silence(): void;
  /** All is well again: what stands still moves on. */
  mend(): void;
  close(): Promise<void>;
}

/**
 * Opens a network that leads to a control plane.
 *
 * @param targets addresses of its replicas: connections go to one after the other, and past one that takes none.
 */
export async function openNetwork(...targets: readonly string[]): Promise<Network> {
  /** Both ends of all connections, with the end where their bytes come out. */
  const ends = new Map<Socket, Socket | null>();
  let state: "well" | "cut" | "silent" = "well";
  let turn = 0;
  const server = createServer((socket) => {
    if (state === "cut") return void socket.destroy();
    keep(socket);
    lead(socket, turn++, targets.length);
  });

  function keep(socket: Socket): void {
    ends.set(socket, null);
    socket
      .on("error", () => {})
      .on("close", () => {
        ends.get(socket)?.destroy();
        ends.delete(socket);
      });
  }

  /** Leads a connection to a target, or to the one after it when that takes none, for so many tries. */
  function lead(socket: Socket, index: number, tries: number): void {
    const { hostname, port } = new URL(targets[index % targets.length] ?? "");
    const onward = connect(Number(port), hostname);
    keep(onward);
    onward.once("connect", () => {
      if (socket.destroyed) return onward.destroy();
      for (const [end, other] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        ends.set(end, other);
        if (state !== "silent") end.pipe(other);
      }
    });
    onward.once("close", () => {
      if (ends.get(socket) !== null) return; // It was connected, or nobody waits for it any more.
      if (tries > 1) lead(socket, index + 1, tries - 1);
      else socket.destroy();
    });
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endAll = (): void => {
    for (const socket of ends.keys()) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      state = "cut";
      endAll();
    },
    silence() {
      state = "silent";
      for (const [end, other] of ends) if (other !== null) end.unpipe(other).pause();
    },
    mend() {
      if (state === "silent") for (const [end, other] of ends) if (other !== null) end.pipe(other);
      state = "well";
    },
    async close() {
      state = "cut";
      const closed = once(server, "close");
      server.close();
      endAll();
      await closed;
    },
  };
}
