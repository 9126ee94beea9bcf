import os from "node:os";
import type { Platform } from "../../config/model.ts";
import type { Finding } from "../engine.ts";
import { portFindings } from "../ports.ts";

/** Facts about this machine that decide whether an embedded platform can be made. */
export const preflightEmbedded = async (platform: Platform, running: boolean): Promise<Finding[]> => [
  memory(),
  loopback(),
  ...(await portFindings(platform, running)),
];

const NEEDED = 512 * 1024 * 1024;

const memory = (): Finding => {
  const free = os.freemem();
  const message = `${Math.round(free / 1e6)} MB of memory are free`;
  return free >= NEEDED
    ? { id: "memory", level: "ok", message }
    : {
        id: "memory",
        level: "warn",
        message,
        why: "the platform itself takes about 150 MB",
        fix: "close other programs",
      };
};

const loopback = (): Finding =>
  process.platform === "linux"
    ? { id: "loopback", level: "ok", message: "every pod and service gets a loopback address of its own" }
    : {
        id: "loopback",
        level: "warn",
        message: "this system has only 127.0.0.1",
        why: "the embedded engine was run on Linux only; elsewhere services share one address",
        fix: "use --engine kind where Docker is",
      };
