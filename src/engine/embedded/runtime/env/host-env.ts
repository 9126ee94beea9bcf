const NAMES: ReadonlySet<string> = new Set([
  ...["PATH", "HOME", "LANG", "TZ", "USER", "LOGNAME", "SHELL", "TMPDIR", "VIRTUAL_ENV", "JAVA_HOME"],
  ...[
    "CARGO_HOME",
    "RUSTUP_HOME",
    "GOPATH",
    "GOCACHE",
    "GOMODCACHE",
    "GOPROXY",
    "GOFLAGS",
    "GONOSUMDB",
    "GOSUMDB",
    "GOROOT",
  ],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"],
  ...[
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
  ],
]);
const PREFIXES = ["LC_", "npm_config_", "NPM_CONFIG_", "PIP_", "PYENV_"];

/** What of this machine's environment a container gets: how programs are found and reach the network, nothing else. */
export const hostEnv = (env: NodeJS.ProcessEnv): Map<string, string> =>
  new Map(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix)))
        ? [[name, value] as const]
        : [],
    ),
  );
