/** Group and version of every JSON and YAML document that a command prints or writes. */
export const OUTPUT_API_VERSION = "choreo-dev/v1alpha1";
