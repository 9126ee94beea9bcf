import { CHOREO_API } from "../../crds/labels.ts";
import { nameOf } from "../../controller/hierarchy.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Context, Handler } from "../command.ts";
import type { UrlArgs, UrlWhat } from "../definitions/resources.ts";
import { withPlatform } from "../platform.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";
import { writeResult } from "../render/output.ts";
import { type EndpointUrl, urlsOf } from "../../resources/endpoints.ts";
import { requireComponent } from "../../resources/components.ts";
import { listKind } from "../../resources/scope.ts";

/** Prints the URLs that answer on this machine, one a line; what is not ready yet is said on stderr. */
export const run: Handler<UrlArgs & UrlWhat> = async (args, context) => {
  const { urls, caFile } = await withPlatform(args, context, async (platform) => {
    const client = await platform.control();
    const component =
      args.component === undefined
        ? undefined
        : nameOf(await requireComponent(client, args.component, args, context.signal));
    const endpoints = await listKind(client, { kind: "Endpoint" }, args, context.signal);
    const all = urlsOf(endpoints);
    const wanted = all.filter((one) => component === undefined || one.component === component);
    return { urls: wanted, caFile: platform.caFile };
  });
  const lines = urls
    .filter(({ visibility }) => visibility === "public")
    .map(({ url }) => (args.curl ? curlLine(url, caFile) : url));
  await writeResult(context.io, args.output, {
    value: { apiVersion: OUTPUT_API_VERSION, kind: "EndpointList", caFile, endpoints: urls },
    table: () => lines.map((line) => `${line}\n`).join(""),
  });
  for (const { component, environment, message } of urls.filter(({ ready }) => !ready)) {
    context.io.stderr.write(`${component} in ${environment} is not ready: ${message}\n`);
  }
  if (args.output === "table" && lines.length === 0) explainNone(args, urls, context);
};

/** A line that works when pasted: curl resolves `*.localhost` itself, any other name has to be pointed at this machine. */
export const curlLine = (url: string, caFile: string): string => {
  const { hostname, port } = new URL(url);
  const resolve =
    hostname === "localhost" || hostname.endsWith(".localhost")
      ? ""
      : ` --resolve ${hostname}:${port || "443"}:127.0.0.1`;
  return `curl --cacert ${shellWord(caFile)}${resolve} ${shellWord(url)}`;
};

const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

const explainNone = (args: UrlArgs & UrlWhat, urls: readonly EndpointUrl[], { io }: Context): void => {
  const who = args.component ?? "No component";
  if (urls.length > 0) {
    io.stderr.write(`${who} has addresses inside the data planes only: choreo-dev url -o json shows them\n`);
    return;
  }
  const where = args.environment === undefined ? "" : ` in ${args.environment}`;
  throw new ChoreoError(
    "E_NOT_FOUND",
    `${args.component === undefined ? "No component has a" : `${who} has no`} URL${where}`,
    {
      why: `no Endpoint of ${CHOREO_API} with an address is there yet`,
      fix: "choreo-dev status shows what is deployed and what blocks",
    },
  );
};
