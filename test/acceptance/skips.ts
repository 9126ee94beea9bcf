/** Cases that an engine cannot pass, with why. Nothing else is skipped: a test compares. */
export const SKIPS: Readonly<Record<"kind" | "embedded", Readonly<Record<string, string>>>> = {
  kind: {},
  embedded: {
    "colocated/node-settings": "there are no nodes whose registries or CAs could be set",
    "colocated/isolation": "policies are stored and not enforced: capability networkpolicy is absent",
    "colocated/registry-killed": "there is no registry",
    "colocated/docker-restart": "there is no Docker",
    "colocated/node-removed": "there is no node that could be removed",
  },
};
