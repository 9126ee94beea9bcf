/** Which Kubernetes this server behaves like. */
export const VERSION = {
  major: "1",
  minor: "34",
  gitVersion: "v1.34.2+choreo-dev-embedded",
  gitCommit: "",
  gitTreeState: "",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "node",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
} as const;
