import { ChoreoError } from "../../lib/errors.ts";
import { readIfExists } from "../../lib/fs.ts";
import type { PlaneAccess } from "../../planes/api.ts";
import { mergeIntoUserKubeconfig, removeFromUserKubeconfig, userKubeconfig } from "../../planes/user-kubeconfig.ts";
import type { Context, Handler } from "../command.ts";
import type { KubeconfigArgs, KubeconfigWhat } from "../definitions/access.ts";
import { loadTarget, withPlatform } from "../platform.ts";

/** Prints the private kubeconfig of a plane, or adds it to and removes it from the user's own file. */
export const run: Handler<KubeconfigArgs & KubeconfigWhat> = async (args, context) => {
  switch (args.action) {
    case undefined:
    case "print":
      return print(args, context);
    case "merge":
      return merge(args, context);
    case "unmerge":
      return unmerge(args, context);
  }
};

const print = async (args: KubeconfigArgs, context: Context): Promise<void> => {
  for (const plane of await planesOf({ ...args, plane: args.plane ?? "control" }, context)) {
    context.io.stdout.write(args.path ? `${plane.kubeconfig}\n` : await readPrivate(plane));
  }
};

const merge = async (args: KubeconfigArgs, { io, ...context }: Context): Promise<void> => {
  const planes = await planesOf(args, { io, ...context });
  // Of several, the control plane becomes the current one: the last that is merged.
  const files = planes.map(({ kubeconfig }) => kubeconfig).reverse();
  const file = await mergeIntoUserKubeconfig(files, io.env, { current: args.current });
  io.stdout.write(planes.map((plane) => `${plane.context}\n`).join(""));
  io.stderr.write(`merged into ${file}; choreo-dev kubeconfig unmerge undoes it\n`);
};

/** Works without the platform, too: what was merged has to go even when the clusters are gone already. */
const unmerge = async (args: KubeconfigArgs, context: Context): Promise<void> => {
  const { io } = context;
  const { platform } = await loadTarget(args, context);
  const removed = await removeFromUserKubeconfig(platform, io.env);
  io.stdout.write(removed.map((name) => `${name}\n`).join(""));
  io.stderr.write(`${removed.length === 0 ? "nothing of it was in" : "removed from"} ${userKubeconfig(io.env)}\n`);
};

/** The planes with their private kubeconfigs, by name or role; planes in one cluster share one. */
const planesOf = (args: KubeconfigArgs, context: Context): Promise<PlaneAccess[]> =>
  withPlatform(args, context, async ({ planes }) => {
    const wanted = planes.filter(
      ({ name, role }) => args.plane === undefined || name === args.plane || role === args.plane,
    );
    if (wanted.length === 0) {
      const names = planes.map(({ name }) => name).join(", ");
      throw new ChoreoError("E_NOT_FOUND", `There is no plane "${args.plane}"`, { fix: `one of ${names}` });
    }
    return wanted.filter(
      (plane, index) => wanted.findIndex(({ kubeconfig }) => kubeconfig === plane.kubeconfig) === index,
    );
  });

const readPrivate = async ({ name, kubeconfig }: PlaneAccess): Promise<string> => {
  const text = await readIfExists(kubeconfig);
  if (text !== undefined) return text;
  throw new ChoreoError("E_NOT_FOUND", `The kubeconfig of plane ${name} is gone`, {
    why: kubeconfig,
    fix: "choreo-dev up writes it again",
  });
};
