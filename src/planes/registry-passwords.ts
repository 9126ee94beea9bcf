import type { RegistryCredential } from "../config/model.ts";
import { ChoreoError } from "../lib/errors.ts";

/** Passwords of private registries from the variables that the configuration names. A missing one is `E_CONFIG`. */
export const registryPasswords = (
  registries: readonly RegistryCredential[],
  env: NodeJS.ProcessEnv,
): { host: string; username: string; password: string }[] =>
  registries.map(({ host, username, passwordEnv }) => {
    const password = env[passwordEnv];
    if (password !== undefined && password !== "") return { host, username, password };
    throw new ChoreoError("E_CONFIG", `${passwordEnv} is not set`, {
      why: `registries[] names it as the password of ${username} at ${host}`,
      fix: `export ${passwordEnv}=…`,
    });
  });
