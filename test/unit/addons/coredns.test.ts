import { describe, expect, test } from "vitest";
import { ensureDnsRewrites, removeDnsRewrites, withRewrites } from "../../../src/addons/coredns.ts";
import { memoryClient } from "./memory-client.ts";

const COREFILE = `.:53 {
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
    }
    reload
}
`;
const rewrite = { pattern: String.raw`^(.*\.)?choreoapis\.internal\.$`, target: "gateway.ns.svc.cluster.local" };
const signal = new AbortController().signal;

describe("a Corefile with rewrites", () => {
  test("has them in the root zone and is the same when they are put in twice", () => {
    const once = withRewrites(COREFILE, [rewrite]);
    expect(once).toContain(
      `.:53 {\n    # choreo-dev begin\n    rewrite name regex ${rewrite.pattern} ${rewrite.target} answer auto\n`,
    );
    expect(withRewrites(once, [rewrite])).toBe(once);
  });

  test("is what it was before when they are taken out", () => {
    expect(withRewrites(withRewrites(COREFILE, [rewrite]), [])).toBe(COREFILE);
  });

  test("keeps other zones and other people's rules", () => {
    const mine = `example.org {\n    forward . 10.0.0.1\n}\n${COREFILE.replace("errors", "rewrite stop name a b\n    errors")}`;
    expect(withRewrites(withRewrites(mine, [rewrite]), [])).toBe(mine);
  });

  test("needs a root zone", () => {
    expect(() => withRewrites("example.org {\n}\n", [rewrite])).toThrow(
      expect.objectContaining({ code: "E_UNSUPPORTED" }),
    );
  });
});

describe("the cluster's DNS", () => {
  const configMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "kube-system", name: "coredns" },
    data: { Corefile: COREFILE },
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "kube-system", name: "coredns" },
    spec: {},
  };
  const pod = (spec: Record<string, unknown>) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "kube-system", name: "coredns-1", labels: { "k8s-app": "kube-dns" } },
    spec,
  });

  test("gets the rewrites without a restart while no DNS pod has a node yet", async () => {
    const client = memoryClient([configMap, deployment, pod({})]);
    await ensureDnsRewrites(client, [rewrite], signal);
    expect(client.calls).toEqual(["patch ConfigMap kube-system/coredns"]);
  });

  test("replaces DNS pods that run with the old file", async () => {
    const client = memoryClient([configMap, deployment, pod({ nodeName: "node" })]);
    await ensureDnsRewrites(client, [rewrite], signal);
    expect(client.calls).toEqual(["patch ConfigMap kube-system/coredns", "patch Deployment kube-system/coredns"]);
  });

  test("gets its own file back when they are removed", async () => {
    const client = memoryClient([{ ...configMap, data: { Corefile: withRewrites(COREFILE, [rewrite]) } }]);
    await removeDnsRewrites(client, signal);
    expect(client.objects.get("ConfigMap kube-system/coredns")).toMatchObject({ data: { Corefile: COREFILE } });
    client.calls.length = 0;
    await removeDnsRewrites(client, signal);
    expect(client.calls).toEqual([]);
  });

  test("is left alone when it has them", async () => {
    const client = memoryClient([{ ...configMap, data: { Corefile: withRewrites(COREFILE, [rewrite]) } }]);
    await ensureDnsRewrites(client, [rewrite], signal);
    expect(client.calls).toEqual([]);
  });

  test("that is not CoreDNS is said", async () => {
    await expect(ensureDnsRewrites(memoryClient(), [rewrite], signal)).rejects.toMatchObject({ code: "E_UNSUPPORTED" });
  });
});
