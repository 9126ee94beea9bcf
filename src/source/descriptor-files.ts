/** Files by which a source says how its component is reached, from the folder that is built; by the output that carries them. */
export const DESCRIPTOR_FILES = {
  component: ".choreo/component.yaml",
  endpoints: ".choreo/endpoints.yaml",
  workload: "workload.yaml",
} as const;
