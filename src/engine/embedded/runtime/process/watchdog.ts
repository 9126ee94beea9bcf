import { spawn } from "node:child_process";
import { helperPath } from "../helpers.ts";
import { MARKER } from "./table.ts";

/** Starts a process that ends all others of a state folder as soon as this one is gone, however it went. Returns how it is sent away. */
export const startWatchdog = (dir: string, id: string): (() => Promise<void>) => {
  const child = spawn(process.execPath, [helperPath("watchdog.cjs"), dir, MARKER, id], {
    // A session of its own: the signal that ends a terminal's group must not end it before its work.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: process.env["PATH"] ?? "" },
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return () => {
    child.ref();
    // One byte says that there is nothing left to do.
    child.stdin.end("x");
    return ended;
  };
};
