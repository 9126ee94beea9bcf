/** Words that run a program with its files in place and keep what it leaves. All for a POSIX shell. */
export interface Wrapped {
  /** A folder of this pod alone; made by the wrapper. */
  readonly folder: string;
  /** Written before the program starts, in this order. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** Read after it has ended. */
  readonly outputs: readonly string[];
  readonly wantsResult: boolean;
  readonly argv: readonly string[];
}

const MAIN = `folder=$1 wants=$2
shift 2
trap : TERM INT
(umask 077 && mkdir "$folder") || exit 64
while [ "$1" != -- ]; do
  mkdir -p "\${1%/*}" && printf %s "$2" > "$1" || exit 64
  shift 2
done
shift
count=0
while [ "$1" != -- ]; do
  count=$((count + 1))
  printf %s "$1" > "$folder/path$count"
  shift
done
shift
if [ "$wants" = result ]; then
  { "$@"; echo $? > "$folder/code"; } | tee "$folder/result"
  code=$(cat "$folder/code")
else
  "$@"
  code=$?
fi
if [ "$wants" = nothing ]; then
  rm -rf "$folder"
  exit "$code"
fi
while [ "$count" -gt 0 ]; do
  path=$(cat "$folder/path$count")
  if [ -f "$path" ]; then cp "$path" "$folder/output$count"; fi
  count=$((count - 1))
done
: > "$folder/done"
exit "$code"
`;

const WAIT = `until [ -f "$1/done" ]; do sleep 0.1; done
for file in "$1"/output* "$1/result"; do
  if [ -f "$file" ]; then echo "\${file##*/} $(base64 < "$file" | tr -d '\\n')"; fi
done
echo end
rm -rf "$1"
`;

/** Command of the container `main`. */
export const mainCommand = ({ folder, files, outputs, wantsResult, argv }: Wrapped): string[] => {
  const wants = wantsResult ? "result" : outputs.length > 0 ? "outputs" : "nothing";
  const ours = [
    MAIN,
    "main",
    folder,
    wants,
    ...files.flatMap(({ path, content }) => [path, content]),
    "--",
    ...outputs,
    "--",
  ];
  return ["sh", "-c", ...ours.map(literal), ...argv];
};

/** Command of the container `wait`, whose log is what {@link readReport} reads. */
export const waitCommand = (folder: string): string[] => ["sh", "-c", ...[WAIT, "wait", folder].map(literal)];

/** A word in which a kubelet finds no variables. */
const literal = (word: string): string => word.replaceAll("$", "$$$$");

export interface Report {
  /** False when it ended before all was said. */
  readonly isComplete: boolean;
  /** By the place of their path in the list of outputs. */
  readonly outputs: ReadonlyMap<number, string>;
  readonly result: string | undefined;
}

/** What the container `wait` printed. */
export const readReport = (log: string): Report => {
  const lines = log.split("\n");
  const said = lines.flatMap((line): [string, string][] => {
    const match = /^(output\d+|result) ([A-Za-z\d+/=]*)$/.exec(line);
    return match === null ? [] : [[match[1] ?? "", Buffer.from(match[2] ?? "", "base64").toString()]];
  });
  const outputs = said
    .filter(([name]) => name !== "result")
    .map(([name, text]): [number, string] => [Number(name.slice(6)) - 1, text]);
  return { isComplete: lines.includes("end"), outputs: new Map(outputs), result: new Map(said).get("result") };
};
