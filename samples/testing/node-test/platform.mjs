import { startPlatform } from "choreo-dev";

/** @type {import("choreo-dev").RunningPlatform} */
export let platform;

export const start = async () => {
  platform = await startPlatform({ components: { greeter: () => new Response("hello") } });
};

export const stop = () => platform[Symbol.asyncDispose]();
