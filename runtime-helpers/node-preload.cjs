// Loaded into the Node programs of a pod: a server that listens on all addresses, or on localhost, listens on the address
// of its pod, so that several pods can have the same port on one machine.
//   CHOREO_POD_IP          the address
//   CHOREO_POD_PORTS       ports that the pod declares: connections to them on localhost go to the pod
//   CHOREO_POD_FIRST_PORT  ports below cannot be listened on by this user; they are moved up by 20000
"use strict";
const net = require("node:net");

const { CHOREO_POD_IP: ip, CHOREO_POD_PORTS: list = "", CHOREO_POD_FIRST_PORT: first = "0" } = process.env;
const OFFSET = 20000;
const OWN = new Set([undefined, null, "", "0.0.0.0", "::", "::0", "localhost", "127.0.0.1", "::1", "[::]"]);
const ports = new Set(list.split(",").filter(Boolean).map(Number));

const moved = (port) => (Number(port) > 0 && Number(port) < Number(first) ? Number(port) + OFFSET : port);
const isPort = (value) => typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));

if (ip !== undefined && ip !== "") {
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (...args) {
    const [target] = args;
    if (target !== null && typeof target === "object") {
      const hasPort = target.port !== undefined || (target.path === undefined && target.fd === undefined);
      // A handle or a descriptor is bound already.
      if (hasPort && target._handle === undefined && target.handle === undefined && OWN.has(target.host))
        args[0] = { ...target, host: ip, port: moved(target.port ?? 0), ipv6Only: false };
      return listen.apply(this, args);
    }
    if (args.length === 0 || typeof target === "function" || target === undefined || target === null)
      return listen.call(this, { port: 0, host: ip }, ...args.filter((arg) => typeof arg === "function"));
    if (!isPort(target)) return listen.apply(this, args);
    const rest = args.slice(1);
    const host = rest.find((arg) => typeof arg === "string");
    if (!OWN.has(host)) return listen.apply(this, args);
    const backlog = rest.find((arg) => typeof arg === "number");
    const callback = rest.find((arg) => typeof arg === "function");
    const options = { port: moved(Number(target)), host: ip, ...(backlog === undefined ? {} : { backlog }) };
    return callback === undefined ? listen.call(this, options) : listen.call(this, options, callback);
  };

  const LOCAL = new Set(["localhost", "127.0.0.1", "::1", "0.0.0.0"]);
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    // `net.connect` and friends hand over their normalized arguments as one array.
    const normalized = Array.isArray(args[0]) ? args[0] : args;
    const [target, host] = normalized;
    const options = target !== null && typeof target === "object" ? target : undefined;
    const port = Number(options === undefined ? target : options.port);
    const to = (options === undefined ? (typeof host === "string" ? host : undefined) : options.host) ?? "localhost";
    if (!ports.has(port) || !LOCAL.has(to) || options?.path !== undefined) return connect.apply(this, args);
    const callback = normalized.findLast((arg) => typeof arg === "function");
    const own = { ...options, port: moved(port), host: ip };
    return callback === undefined ? connect.call(this, own) : connect.call(this, own, callback);
  };
}
