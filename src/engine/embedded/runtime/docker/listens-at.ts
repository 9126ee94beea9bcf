import net from "node:net";

/** Docker itself listens on every published port: whether the program in the container does is seen at its own address. */
export const listensAt = (address: string | undefined, port: number): Promise<boolean> => {
  // Where that address is not reached, what is published counts.
  if (address === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port, timeout: 1000 });
    const end = (listens: boolean): void => {
      socket.destroy();
      resolve(listens);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
};
