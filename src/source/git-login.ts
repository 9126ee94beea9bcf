import { rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** Credentials of a Git repository, as the keys of its Secret have them; "" or undefined where there are none. */
export interface GitCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly sshKey?: string | undefined;
}

export interface GitLogin {
  /** For git: it asks nobody but what this names. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Credentials reach git by a program that it asks, or by a key file, in a private folder: never by its arguments. */
export const gitLogin = async (folder: string, credentials: GitCredentials): Promise<GitLogin> => {
  const { username = "", password = "", token = "", sshKey = "" } = credentials;
  const file = path.join(folder, "git-login");
  const remove = (): Promise<void> => rm(file, { force: true });
  const base = { GIT_TERMINAL_PROMPT: "0" };
  if (sshKey !== "") {
    await writeFile(file, sshKey.endsWith("\n") ? sshKey : `${sshKey}\n`, { mode: 0o600 });
    const ssh = `ssh -i '${file}' -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new`;
    return { env: { ...base, GIT_SSH_COMMAND: ssh }, remove };
  }
  const secret = password || token;
  if (secret === "") return { env: base, remove };
  await writeFile(file, ASKPASS, { mode: 0o700 });
  const asked = { CHOREO_GIT_USERNAME: username || "git", CHOREO_GIT_PASSWORD: secret };
  return { env: { ...base, ...asked, GIT_ASKPASS: file }, remove };
};

const ASKPASS = `#!/bin/sh
case $1 in
  Username*) printf '%s\\n' "$CHOREO_GIT_USERNAME" ;;
  *) printf '%s\\n' "$CHOREO_GIT_PASSWORD" ;;
esac
`;
