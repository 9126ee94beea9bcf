import path from "node:path";
import { detect } from "../../engine/embedded/runtime/image/detect.ts";
import { readIfExists } from "../../lib/fs.ts";
import type { Statement } from "../conditions.ts";
import type { BuildInput } from "./inputs.ts";
import { type Progress, STEPS } from "./steps.ts";

/** Annotation of a Build: digest of the folder, so that other content is another image. */
export const SOURCE_DIGEST = "process.choreo.dev/source";

/**
 * What a build amounts to where pods are processes: the component runs from its folder, so nothing is cloned, tested, built or
 * pushed. The folder says how it is run, as the outputs of a workflow would.
 */
export const folderProgress = async (input: BuildInput, folder: string): Promise<Progress> => {
  const { build, image } = input;
  const place = path.join(folder, build.spec.path ?? "");
  const digest = build.metadata.annotations?.[SOURCE_DIGEST]?.replace(/^sha256:/, "").slice(0, 8) ?? "folder";
  const read = (name: string): Promise<string> => readIfExists(path.join(place, name)).then((text) => text ?? "");
  const [component, endpoints, workload, found] = await Promise.all([
    read(".choreo/component.yaml"),
    read(".choreo/endpoints.yaml"),
    read("workload.yaml"),
    detect(place),
  ]);
  const port = found?.port === undefined ? "" : String(found.port);
  return {
    steps: STEPS.map(skipped),
    state: "succeeded",
    outputs: { image: `${image.repository}:${image.tagPrefix}-${digest}`, port, component, endpoints, workload },
    failure: undefined,
  };
};

const skipped = ({ condition }: (typeof STEPS)[number]): Statement => ({
  type: condition,
  status: true,
  reason: "Skipped",
  message: "On this engine components run from their folders",
});
