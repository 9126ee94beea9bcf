import type { KubeClient } from "../../k8s/client.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Tokens } from "./api/tokens.ts";
import { MountError, type ServiceAccountTokenRequest } from "./runtime/volumes/contents.ts";

/** Makes the tokens by which pods know themselves to the API server; as long as its account is missing a pod waits. */
export const podTokens =
  (client: KubeClient, tokens: Tokens, clock: Clock) =>
  async ({
    namespace,
    serviceAccount,
    audience,
    expirationSeconds,
    pod,
  }: ServiceAccountTokenRequest): Promise<string> => {
    const account = await client.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name: serviceAccount });
    if (account === undefined) throw new MountError(`serviceaccount ${JSON.stringify(serviceAccount)} not found`);
    const issuedAt = Math.floor(clock.now() / 1000);
    return tokens.issue({
      namespace,
      serviceAccount: { name: serviceAccount, uid: account.metadata.uid ?? "" },
      pod,
      audiences: [audience ?? tokens.issuer],
      issuedAt,
      expiresAt: issuedAt + expirationSeconds,
    });
  };
