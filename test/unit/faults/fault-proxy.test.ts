import { once } from "node:events";
import net from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startFaultProxy } from "../../faults/fault-proxy.ts";

const echo = async (): Promise<number> => {
  const server = net.createServer((socket) => socket.on("error", () => undefined).pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
};

const dial = async (port: number): Promise<net.Socket> => {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
};

/** With an error or without: a reset is one. */
const untilClosed = (socket: net.Socket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()));

const said = async (socket: net.Socket, text: string): Promise<string> => {
  socket.write(text);
  return String((await once(socket, "data"))[0]);
};

test("a proxy passes on, resets what is open when it cuts, and passes on again", async () => {
  const proxy = await startFaultProxy(await echo());
  onTestFinished(() => proxy.close());
  const first = await dial(proxy.port);
  expect(await said(first, "one")).toBe("one");
  const closed = untilClosed(first);
  await proxy.cut(0);
  await closed;
  expect(await said(await dial(proxy.port), "two")).toBe("two");
});

test("a half-open connection stays, says nothing, and is reset in the end", async () => {
  const proxy = await startFaultProxy(await echo());
  onTestFinished(() => proxy.close());
  const socket = await dial(proxy.port);
  expect(await said(socket, "one")).toBe("one");
  let heard = 0;
  socket.on("data", () => heard++);
  const closed = untilClosed(socket);
  const silence = proxy.halfOpen(50);
  socket.write("two");
  await silence;
  await closed;
  expect(heard).toBe(0);
});
