/** A reference with every part written out, as registries and containerd know it. */
export interface ImageName {
  /** `docker.io` */
  readonly host: string;
  /** `library/nginx` */
  readonly path: string;
  /** Tag; undefined when only a digest was given. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Reads `nginx`, `nginx:1.26`, `quay.io/a/b@sha256:…`: names without a host are Docker Hub's. */
export const parseImage = (reference: string): ImageName => {
  const [name = "", digest] = reference.split("@");
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasHost = first.includes(".") || first.includes(":") || first === "localhost";
  const host = !hasHost || first === "index.docker.io" ? "docker.io" : first;
  const rest = hasHost ? name.slice(slash + 1) : name;
  const colon = rest.lastIndexOf(":");
  const bare = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? (digest === undefined ? "latest" : undefined) : rest.slice(colon + 1);
  return { host, path: host === "docker.io" && !bare.includes("/") ? `library/${bare}` : bare, tag, digest };
};

export const formatImage = ({ host, path, tag, digest }: ImageName): string =>
  `${host}/${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
