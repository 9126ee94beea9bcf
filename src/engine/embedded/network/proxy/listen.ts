import net from "node:net";

export interface Listening {
  readonly server: net.Server;
  readonly address: string;
  readonly port: number;
  /** Why it is not where it should be. */
  readonly problem?: string;
}

/**
 * Listens on the wanted address and port; where that is not possible (a port below 1024 without the right to it, a port in
 * use, an address that this machine does not have), on a free port of the address, else of 127.0.0.1.
 */
export const listenOrElsewhere = async (
  wanted: { readonly address: string; readonly port: number },
  onConnection: (socket: net.Socket) => void,
): Promise<Listening> => {
  let problem: string | undefined;
  const places = [wanted, { address: wanted.address, port: 0 }, { address: "127.0.0.1", port: 0 }];
  for (const place of places) {
    try {
      const server = await listen(place, onConnection);
      const { port } = server.address() as net.AddressInfo;
      return { server, address: place.address, port, ...(problem !== undefined && { problem }) };
    } catch (error) {
      problem ??= (error as NodeJS.ErrnoException).code ?? String(error);
    }
  }
  throw new Error(`cannot listen for ${wanted.address}:${wanted.port}: ${problem}`);
};

const listen = (
  { address, port }: { readonly address: string; readonly port: number },
  onConnection: (socket: net.Socket) => void,
): Promise<net.Server> =>
  new Promise((resolve, reject) => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
    server.once("error", reject);
    server.listen({ host: address, port, exclusive: true }, () => {
      server.off("error", reject);
      // Running out of descriptors, for instance: the connection is lost, the listener goes on.
      server.on("error", () => undefined);
      resolve(server);
    });
  });
