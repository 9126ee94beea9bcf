import path from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { untilTrue } from "../helpers/until.ts";
import { type TestedEngine, casesOf, createWorld } from "./world.ts";

const samples = path.resolve(import.meta.dirname, "../../samples");
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" } as const;
const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

/** A platform with one cluster per plane. The cases build on one another. */
export const multiCluster = (engine: TestedEngine): void => {
  describe(`one cluster per plane on ${engine}`, () => {
    const world = createWorld(engine, "multi");
    const { box, name } = world;
    const { it, end } = casesOf(engine, "multi-cluster");
    const configure = (...data: string[]): void =>
      world.configure(`topology: multi-cluster\nplanes:\n  data:\n${data.map((one) => `    - { ${one} }\n`).join("")}`);
    const clusterOf = (plane: string): string => `${name}-${plane}`;
    const workloads = async (plane: string): Promise<string[]> => {
      const found = await world.list(clusterOf(plane), DEPLOYMENT, "managed-by=choreo-deployment-controller");
      return found.map(({ metadata }) => metadata.labels?.["environment-name"] ?? "").toSorted();
    };
    const untilAnswer = (environment: string): Promise<true> =>
      untilTrue(`an answer of ${environment}`, async () =>
        (await world.ask("webapp", environment).catch(() => undefined))?.status === 200 ? true : undefined,
      );

    beforeAll(async () => {
      configure("name: us-west-2, region: us-west-2");
      await box.ok(["up"]);
      await box.ok(["apply", "-f", path.join(samples, "webapp-from-image")]);
      await box.ok(["apply", "-f", path.join(samples, "webapp-from-image", "promote")]);
    });

    it("one-data-plane", "serves all environments from its only data plane", async () => {
      for (const environment of ["development", "production"]) await untilAnswer(environment);
      expect(await workloads("us-west-2")).toEqual(["development", "production", "staging"]);
    });

    it("second-data-plane", "takes a second data plane while it runs, and production moves there", async () => {
      configure(
        "name: us-west-2, region: us-west-2, environments: [development, staging]",
        "name: eu-central-1, region: eu-central-1, environments: [production]",
      );
      const planned = await world.planned();
      expect(planned.filter((step) => /^(recreate|remove) /.test(step))).toEqual([]);
      expect(planned.map((step) => step.split(":")[0])).toContain(`add cluster/${name}-eu-central-1`);
      await box.ok(["up"]);
      await untilTrue("production on the second data plane only", async () => {
        const [west, central] = await Promise.all([workloads("us-west-2"), workloads("eu-central-1")]);
        return central.join() === "production" && !west.includes("production") ? true : undefined;
      });
      await untilAnswer("production");
      const portOf = async (environment: string): Promise<string> =>
        new URL(await world.url("webapp", environment)).port;
      expect(await portOf("production")).not.toBe(await portOf("development"));
      expect(await world.planned()).toEqual([]);
    });

    it(
      "what-lives-where",
      "keeps resources in the control plane, workloads in data planes and Argo in the build plane",
      async () => {
        const kinds = async (plane: string, group: string): Promise<string[]> => {
          const definitions = await world.list(clusterOf(plane), CRD);
          return definitions.map(({ metadata }) => metadata.name).filter((kind) => kind.endsWith(`.${group}`));
        };
        expect(await kinds("control", "core.choreo.dev")).toHaveLength(13);
        expect(await workloads("control")).toEqual([]);
        expect(await workloads("build")).toEqual([]);
        for (const plane of ["us-west-2", "eu-central-1", "build"])
          expect(await kinds(plane, "core.choreo.dev")).toEqual([]);
        expect(await kinds("build", "argoproj.io")).toContain("workflows.argoproj.io");
        for (const plane of ["control", "us-west-2", "eu-central-1"])
          expect(await kinds(plane, "argoproj.io")).toEqual([]);
      },
    );

    it("own-networks", "gives every cluster networks of its own", async () => {
      const planes = ["control", "us-west-2", "eu-central-1", "build"];
      const subnets = await Promise.all(
        planes.map(async (plane) => {
          const [node] = await world.list(clusterOf(plane), { apiVersion: "v1", kind: "Node" });
          return (node?.["spec"] as { podCIDR?: string } | undefined)?.podCIDR;
        }),
      );
      expect(subnets).not.toContain(undefined);
      expect(new Set(subnets).size).toBe(planes.length);
    });

    it("promotion", "takes what was built once from environment to environment, across data planes", async () => {
      await box.ok(["apply", "-f", path.join(samples, "python-from-source")]);
      const { stdout } = await box.ok(["build", "catalog"]);
      const digest = /@(sha256:[0-9a-f]{64})\n$/.exec(stdout)?.[1];
      await box.ok(["promote", "catalog"]);
      await box.ok(["promote", "catalog", "--approve"]);
      for (const environment of ["development", "staging", "production"])
        expect((await world.ask("catalog", environment)).body).toContain("The Dispossessed");
      const imagesOn = async (plane: string): Promise<string[]> =>
        (await world.list(clusterOf(plane), DEPLOYMENT, "component-name=catalog")).map(
          ({ spec }) => (spec as PodTemplate).template.spec.containers[0]?.image.split("@")[1] ?? "",
        );
      expect(await imagesOn("us-west-2")).toEqual([digest, digest]);
      expect(await imagesOn("eu-central-1")).toEqual([digest]);
    });

    it("down", "leaves nothing after down", async () => {
      await box.ok(["down"]);
      expect(await world.leftovers()).toEqual([]);
    });

    end();
  });
};

interface PodTemplate {
  readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
}
