import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { DeploymentTrack } from "../../../../src/crds/types.ts";
import { classify } from "../../../../src/dev/classify.ts";
import { profileOf } from "../../../../src/dev/loop/profile.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

const trackOf = (template: object): DeploymentTrack =>
  ({ spec: { buildTemplateSpec: { branch: "main", path: "/", ...template } } }) as unknown as DeploymentTrack;

/** What a save of a file asks for, in a Node.js component whose track says so. */
const actionOf = async (
  file: string,
  template: object = {},
  dockerignore?: [file: string, text: string],
): Promise<string> => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, "app"));
  writeFileSync(path.join(folder, "server.js"), "");
  if (dockerignore !== undefined) writeFileSync(path.join(folder, dockerignore[0]), dockerignore[1]);
  const profile = await profileOf({ folder, track: trackOf(template) });
  return classify({ changes: [{ path: file, kind: "written" }], profile }).action;
};

const docker = (dockerfilePath: string, context: string): object => ({
  buildConfiguration: { docker: { dockerfilePath, context } },
});

describe("what a save asks for", () => {
  test("is a build for the Dockerfile that the track names, and for no other", async () => {
    expect(await actionOf("Dockerfile")).toBe("rebuild");
    expect(await actionOf("docker/dev.Dockerfile", docker("/docker/dev.Dockerfile", "/"))).toBe("rebuild");
    expect(await actionOf("Dockerfile", docker("docker/dev.Dockerfile", "."))).not.toBe("rebuild");
  });

  test("is one for the Dockerfile of the folder below that the track builds", async () => {
    expect(await actionOf("app/Dockerfile", { path: "/app" })).toBe("rebuild");
  });

  test("is nothing for a file that is not in the context, or that its .dockerignore leaves out", async () => {
    expect(await actionOf("other/a.js", docker("app/Dockerfile", "app"))).toBe("ignore");
    expect(await actionOf("app/a.js", docker("app/Dockerfile", "app"))).toBe("sync");
    expect(await actionOf("app/a.js", docker("app/Dockerfile", "app"), ["app/.dockerignore", "a.js"])).toBe("ignore");
  });
});
