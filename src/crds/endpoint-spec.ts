import { boolean, integer, list, object, oneOf, optional, string } from "./schema.ts";

const strings = (description: string) => list(description, string("One entry."));

const apiSettings = object("What the gateway does before a request reaches the component.", {
  securitySchemes: optional(strings("Ways to prove who calls; `oauth` is known.")),
  authorizationHeader: optional(string("Header with the credentials.")),
  backendJwt: optional(
    object("Token handed to the component.", {
      enable: boolean("Whether it is."),
      configuration: object("Its content.", { audiences: strings("Audiences of the token.") }),
    }),
  ),
  operationPolicies: optional(
    list(
      "Rules per operation.",
      object("One rule.", { target: string("Operation."), authenticationType: string("What it asks for.") }),
    ),
  ),
  cors: optional(
    object("Cross-origin requests.", {
      enable: boolean("Whether they are answered."),
      allowOrigins: strings("Origins."),
      allowMethods: strings("Methods."),
      allowHeaders: strings("Request headers."),
      exposeHeaders: strings("Response headers."),
    }),
  ),
  rateLimit: optional(object("Limit of requests.", { tier: string("Name of the limit.") })),
});

const visibility = (who: string) =>
  optional(
    object(`Visibility to ${who}.`, { enable: boolean("Whether it is visible."), apiSettings: optional(apiSettings) }),
  );

export const endpointSpec = object("What the component offers.", {
  type: oneOf("Protocol.", ["HTTP", "REST", "gRPC", "GraphQL", "Websocket", "TCP", "UDP"]),
  service: object("Where the component listens.", {
    port: integer("Port."),
    basePath: optional(string("Path that the offer starts at.")),
    url: optional(string("Kept, not acted on.")),
  }),
  schema: optional(
    object("Definition of the interface. Kept, not acted on.", {
      filePath: optional(string("File in the source.")),
      content: optional(string("Text of it.")),
    }),
  ),
  networkVisibilities: optional(
    object("Who may reach it. Absent: the public. Empty: the project only.", {
      organization: visibility("other projects of the organization"),
      public: visibility("the world"),
    }),
  ),
  apiSettings: optional(apiSettings),
});
