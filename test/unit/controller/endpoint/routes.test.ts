import { describe, expect, test } from "vitest";
import { addressesOf } from "../../../../src/controller/endpoint/addresses.ts";
import type { EndpointInput } from "../../../../src/controller/endpoint/input.ts";
import { exposuresOf, renderRoute } from "../../../../src/controller/endpoint/routes.ts";

type Spec = EndpointInput["spec"];

const greeter = (spec: Partial<Spec> = {}, changes: Partial<EndpointInput> = {}): EndpointInput => ({
  slot: {
    organization: "default-org",
    project: "default-project",
    environment: "development",
    component: "greeting-service-image",
    track: "main",
    deployment: "development-deployment",
  },
  endpoint: "greeting-service-image-deployment-greeter",
  project: "default-project",
  component: "greeting-service-image",
  track: "greeting-service-image-main",
  environment: "development",
  componentType: "Service",
  dnsPrefix: "dev",
  domains: { public: "choreoapis.localhost", organization: "choreoapis.internal" },
  spec: { type: "REST", service: { port: 9090, basePath: "/greeter" }, ...spec },
  ...changes,
});

const webapp = (changes: Partial<EndpointInput> = {}): EndpointInput =>
  greeter(
    { type: "HTTP", service: { port: 80, basePath: "/" } },
    {
      component: "react-starter-image",
      track: "react-starter-image-main",
      endpoint: "react-starter-image-deployment-webapp-836a5063",
      componentType: "WebApplication",
      ...changes,
    },
  );

const urls = (input: EndpointInput, port: number | undefined = 8443): string[] =>
  addressesOf(input, exposuresOf(input), port).map(({ visibility, url }) => `${visibility} ${url}`);

const routes = (input: EndpointInput) => exposuresOf(input).map((exposure) => renderRoute(input, exposure));

const BOTH = { public: { enable: true }, organization: { enable: true } };

describe("the gateways that an endpoint is opened on", () => {
  test.each<[string, Partial<Spec>, string[]]>([
    ["without visibilities", {}, ["public"]],
    ["with both", { networkVisibilities: BOTH }, ["public", "organization"]],
    ["for the organization", { networkVisibilities: { organization: { enable: true } } }, ["organization"]],
    ["switched off", { networkVisibilities: { public: { enable: false } } }, []],
    ["with empty visibilities", { networkVisibilities: {} }, []],
    ["of type TCP", { type: "TCP" }, []],
  ])("%s", (_what, spec, wanted) => {
    expect(exposuresOf(greeter(spec)).map(({ visibility }) => visibility)).toEqual(wanted);
  });

  test("are the external one for a web application, whatever it says", () => {
    const input = webapp();
    for (const networkVisibilities of [{}, BOTH]) {
      const exposures = exposuresOf({ ...input, spec: { ...input.spec, networkVisibilities } });
      expect(exposures.map(({ visibility }) => visibility)).toEqual(["public"]);
    }
  });

  test("know what protection is asked for: that of a visibility replaces that of the endpoint", () => {
    const apiSettings = { securitySchemes: ["oauth"] };
    const open = { public: { enable: true, apiSettings: {} }, organization: { enable: true } };
    const exposures = exposuresOf(greeter({ apiSettings, networkVisibilities: open }));
    expect(exposures.map(({ securitySchemes }) => securitySchemes)).toEqual([[], ["oauth"]]);
  });
});

describe("the route of an endpoint", () => {
  test("of a service has a path of its own and rewrites it to the base path", () => {
    expect(routes(greeter({ networkVisibilities: BOTH }))).toMatchSnapshot();
  });

  test("of a web application has a host of its own and changes nothing", () => {
    const [route] = routes(webapp());
    expect(route?.metadata.name).toBe("gateway-external-react-starter-image-deployment-webapp-836a5063-d8b8ec43");
    expect(route).toMatchObject({
      kind: "HTTPRoute",
      spec: {
        parentRefs: [{ name: "gateway-external", namespace: "choreo-system" }],
        hostnames: ["react-starter-image-development.choreoapps.localhost"],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            backendRefs: [{ name: "react-starter-image-react-starter-image-main-d0c49f08", port: 80 }],
          },
        ],
      },
    });
    expect(JSON.stringify(route)).not.toContain("filters");
  });

  test("of gRPC has a host of its own, since gRPC knows no path prefixes", () => {
    const [route] = routes(greeter({ type: "gRPC", service: { port: 9090, basePath: "/greeter.v1.Greeter" } }));
    expect(route).toMatchObject({
      kind: "GRPCRoute",
      spec: {
        hostnames: ["greeting-service-image-development.choreoapis.localhost"],
        rules: [{ matches: [{ method: { type: "Exact", service: "greeter.v1.Greeter" } }] }],
      },
    });
  });

  test("has a host that fits into one label", () => {
    const [exposure] = exposuresOf(webapp({ component: `c.${"x".repeat(70)}` }));
    expect(exposure?.host).toMatch(/^[a-z0-9-]{1,63}\.choreoapps\.localhost$/);
  });

  test.each([
    ["greeter", "/greeter"],
    ["/greeter/", "/greeter"],
    ["//a//b", "/a/b"],
    ["/../a", "/a"],
    ["", ""],
  ])("takes the base path %s", (basePath, path) => {
    const [exposure] = exposuresOf(greeter({ service: { port: 1, basePath } }));
    expect(exposure?.path).toBe(`/default-project/greeting-service-image${path}`);
  });
});

describe("the addresses of an endpoint", () => {
  test("are real URLs with the port of this machine and the base path", () => {
    expect(urls(greeter())).toEqual([
      "public https://dev.choreoapis.localhost:8443/default-project/greeting-service-image/greeter",
      expect.stringMatching(
        /^project http:\/\/greeting-service-image-greeting-service-image-ma?i?n?-?\w+\.dp-default-org-[\w-]+\.svc\.cluster\.local:9090\/greeter$/,
      ),
    ]);
    expect(urls(webapp())[0]).toBe("public https://react-starter-image-development.choreoapps.localhost:8443/");
    expect(urls(webapp(), 443)[0]).toBe("public https://react-starter-image-development.choreoapps.localhost/");
  });

  test("inside the data plane have no port, since the gateway is at its usual one", () => {
    const input = greeter({ networkVisibilities: { organization: { enable: true } } });
    expect(urls(input)[0]).toBe(
      "organization https://dev.choreoapis.internal/default-project/greeting-service-image/greeter",
    );
  });

  test("of TCP are those of the Service alone", () => {
    expect(urls(greeter({ type: "TCP" }))).toEqual([expect.stringMatching(/^project tcp:\/\/.*:9090$/)]);
  });

  test("of another organization are in domains of its own", () => {
    const slot = { ...greeter().slot, organization: "acme" };
    expect(urls(greeter({ networkVisibilities: BOTH }, { slot })).slice(0, 2)).toEqual([
      "public https://dev.acme.choreoapis.localhost:8443/default-project/greeting-service-image/greeter",
      "organization https://dev.acme.choreoapis.internal/default-project/greeting-service-image/greeter",
    ]);
    expect(urls(webapp({ slot }))[0]).toBe(
      "public https://react-starter-image-development.acme.choreoapps.localhost:8443/",
    );
    const own = { public: "acme.choreoapis.localhost", organization: "acme.choreoapis.internal" };
    expect(urls(greeter({}, { slot, domains: own }))[0]).toContain("https://dev.acme.choreoapis.localhost:8443/");
  });
});
