import { describe, expect, test } from "vitest";
import { curlLine } from "../../../../src/cli/commands/url.ts";
import { cliWorld, condition, resource } from "../../../helpers/cli-world.ts";

const PUBLIC = "https://dev.choreoapis.localhost:8443/shop/catalog/";

const world = (): ReturnType<typeof cliWorld> => {
  const made = cliWorld();
  made.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } });
  made.control.put(resource("Component", "catalog", { labels: { project: "shop" }, spec: { type: "Service" } }));
  made.control.put(resource("Component", "batch", { labels: { project: "shop" }, spec: { type: "ScheduledTask" } }));
  made.control.put(
    resource("Endpoint", "catalog-dev", {
      labels: { project: "shop", component: "catalog", environment: "development" },
      status: {
        addresses: [
          { visibility: "organization", url: "https://dev.choreoapis.internal/shop/catalog/" },
          { visibility: "public", url: PUBLIC },
        ],
        conditions: [condition("Ready", "False", "RouteConflict", "another endpoint has this path")],
      },
    }),
  );
  return made;
};

describe("url", () => {
  test("prints the URLs that answer on this machine, one a line", async () => {
    const { stdout, stderr } = await world().run(["url", "catalog"]);
    expect(stdout).toBe(`${PUBLIC}\n`);
    expect(stderr).toContain("another endpoint has this path");
  });

  test("prints lines that work when they are pasted", async () => {
    const { stdout } = await world().run(["url", "catalog", "-e", "development", "--curl"]);
    expect(stdout).toBe(`curl --cacert '/state/it'\\''s mine/ca.pem' ${PUBLIC}\n`);
  });

  test("points every other name at this machine", () => {
    expect(curlLine("https://api.example.test:9443/a", "/ca.pem")).toBe(
      "curl --cacert /ca.pem --resolve api.example.test:9443:127.0.0.1 https://api.example.test:9443/a",
    );
  });

  test("shows every address as JSON", async () => {
    const { stdout } = await world().run(["url", "-o", "json"]);
    const { endpoints } = JSON.parse(stdout) as { endpoints: { visibility: string; ready: boolean }[] };
    expect(endpoints.map(({ visibility }) => visibility)).toEqual(["public", "organization"]);
  });

  test.each([
    [["url", "catalgo"], "catalog"],
    [["url", "catalog", "-e", "production"], "choreo-dev status"],
    [["url", "batch"], "choreo-dev status"],
  ])("says what is missing for %j", async (argv, hint) => {
    const { code, stdout, stderr } = await world().run(argv);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("E_NOT_FOUND");
    expect(stderr).toContain(hint);
  });
});
