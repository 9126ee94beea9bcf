const MAX_LENGTH = 255;

/** The name of a file for a key of a ConfigurationGroup. */
export const fileNameOf = (key: string): string => {
  const name = key
    .replaceAll(/[^A-Za-z0-9._-]/g, "_")
    .replaceAll(/_{2,}/g, "_")
    .slice(0, MAX_LENGTH);
  if (name === "") return "file";
  return name === "." || name === ".." ? `_${name}` : name;
};

/** The key of a ConfigMap or Secret for a key of a ConfigurationGroup: the same where Kubernetes allows it. */
export const dataKeyOf = (key: string): string =>
  /^[A-Za-z0-9._-]{1,253}$/.test(key) && !key.startsWith("..") && key !== "." ? key : fileNameOf(key);

/** The environment variable for a key of a ConfigurationGroup: `email-host` is EMAIL_HOST. */
export const variableOf = (key: string): string => {
  const name = key.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_");
  return /^[A-Z_]/.test(name) ? name : `_${name}`;
};
