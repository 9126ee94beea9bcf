import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sourceResources } from "../helpers/source-resources.ts";
import type { World } from "./world.ts";

/** A component that is built from a folder of the platform's own. */
export interface SourceComponent {
  readonly name: string;
  readonly type: "Service" | "WebApplication";
  readonly files: Readonly<Record<string, string>>;
}

export const sourceFile = ({ box }: World, { name }: SourceComponent, file: string): string =>
  path.join(box.dir, name, "src", file);

/** Writes its files and its resources, and applies them. Nothing is built. */
export const applySource = async (world: World, component: SourceComponent): Promise<void> => {
  mkdirSync(sourceFile(world, component, ""), { recursive: true });
  for (const [file, text] of Object.entries(component.files)) writeFileSync(sourceFile(world, component, file), text);
  writeFileSync(path.join(world.box.dir, component.name, "resources.json"), JSON.stringify(sourceResources(component)));
  await world.box.ok(["apply", "-f", component.name]);
};

/** A program of Node.js that answers so, and with what its image says. */
export const nodeProgram = (answer: string): string => `
  const files = () => require("node:fs").readdirSync(".").sort().join(" ");
  require("node:http")
    .createServer((request, response) => response.end(request.url.endsWith("/files") ? files() : ${JSON.stringify(answer)} + process.env.SUFFIX))
    .listen(8080);`;
