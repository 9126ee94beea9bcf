import { formatImage, parseImage } from "../docker/image-name.ts";
import { readInstructions } from "./dockerfile.ts";

/** Images that a Dockerfile builds on, written out: those of its stages that are made elsewhere. `args` win over its own. */
export const baseImages = (dockerfile: string, args: Readonly<Record<string, string>> = {}): string[] => {
  const defaults = new Map<string, string>();
  const stages = new Set<string>();
  const images = new Set<string>();
  for (const { name: instruction, rest: text } of readInstructions(dockerfile)) {
    const rest = text.split(/\s+/);
    // Only arguments before the first stage are seen by a FROM.
    if (instruction === "ARG" && stages.size === 0 && images.size === 0) {
      const [name = "", own] = rest.join(" ").split("=", 2);
      const value = args[name] ?? own;
      if (value !== undefined) defaults.set(name, value.replaceAll(/^["']|["']$/g, ""));
    } else if (instruction === "FROM") {
      const words = rest.filter((one) => !one.startsWith("--"));
      note(expand(words[0] ?? "", defaults), { stages, images });
      if (words[1]?.toUpperCase() === "AS" && words[2] !== undefined) stages.add(words[2].toLowerCase());
    } else if (instruction === "COPY") {
      const from = rest.find((one) => one.startsWith("--from="))?.slice("--from=".length);
      // Stages may be told by their number.
      if (from !== undefined && !/^\d+$/.test(from)) note(from, { stages, images });
    }
  }
  return [...images];
};

const note = (
  image: string,
  { stages, images }: { readonly stages: ReadonlySet<string>; readonly images: Set<string> },
): void => {
  if (image === "" || image === "scratch" || image.includes("$") || stages.has(image.toLowerCase())) return;
  images.add(formatImage(parseImage(image)));
};

const expand = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replaceAll(
    /\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
    (whole, braced?: string, otherwise?: string, plain?: string) =>
      values.get(braced ?? plain ?? "") ?? otherwise ?? whole,
  );
