/** Problems of a name in Kubernetes' words; none: it is fine. `prefix`: it is the beginning of a generated name. */
export type NameRule = (name: string, prefix?: boolean) => string[];

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LOOSE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const LOOSE_SUBDOMAIN = `${LOOSE_LABEL}(\\.${LOOSE_LABEL})*`;
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;

const regexProblem = (text: string, pattern: string, examples: readonly string[]): string => {
  const list = examples.map((example) => `'${example}'`).join(" or ");
  // Kubernetes joins its examples like this: 'a',  or 'b',  or 'c'.
  const joined = examples.length > 1 ? list.replaceAll("' or '", "',  or '") : list;
  return `${text} (e.g. ${joined}, regex used for validation is '${pattern}')`;
};

const tooLong = (most: number): string => `must be no more than ${most} characters`;

/** Labels as a search for their first bad character does it: linear, whatever the pattern in the message suggests. */
const isRow = (text: string, first: RegExp, middle: RegExp, last: RegExp): boolean =>
  text !== "" && first.test(text[0] ?? "") && last.test(text.at(-1) ?? "") && middle.test(text);

const isLabelText = (text: string): boolean => isRow(text, /[a-z0-9]/, /^[-a-z0-9]+$/, /[a-z0-9]/);

const rule =
  (most: number, fits: (name: string) => boolean, problem: string): NameRule =>
  (name, prefix = false) => {
    const whole = prefix && name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
    return [...(Buffer.byteLength(whole) > most ? [tooLong(most)] : []), ...(fits(whole) ? [] : [problem])];
  };

/** DNS subdomain of RFC 1123: names of most kinds. */
export const dnsSubdomain: NameRule = rule(
  253,
  (name) => name.split(".").every(isLabelText),
  regexProblem(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    SUBDOMAIN,
    ["example.com"],
  ),
);

/** As {@link dnsSubdomain}, with the underscores that some records have. */
export const looseSubdomain: NameRule = rule(
  253,
  (name) => name.split(".").every((part) => isRow(part.replace(/^_/, ""), /[a-z0-9]/, /^[-_a-z0-9]+$/, /[a-z0-9]/)),
  regexProblem(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
    LOOSE_SUBDOMAIN,
    ["example.com"],
  ),
);

/** DNS label of RFC 1123: namespaces, parts of names. */
export const dnsLabel: NameRule = rule(
  63,
  isLabelText,
  regexProblem(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    LABEL,
    ["my-name", "123-abc"],
  ),
);

/** DNS label of RFC 1035: it begins with a letter; services. */
export const dnsLabel1035: NameRule = rule(
  63,
  (name) => isRow(name, /[a-z]/, /^[-a-z0-9]+$/, /[a-z0-9]/),
  regexProblem(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    LABEL_1035,
    ["my-name", "abc-123"],
  ),
);

/** Anything that can be one segment of a path: RBAC's names. */
export const pathSegment: NameRule = (name, prefix = false) => {
  const problems = name === "." || name === ".." ? [`may not be '${name}'`] : [];
  if (prefix) return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
  return [...problems, ...["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`)];
};

const isQualifiedText = (text: string): boolean => isRow(text, /[A-Za-z0-9]/, /^[-A-Za-z0-9_.]+$/, /[A-Za-z0-9]/);

const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** Keys of labels and annotations, finalizers: `[prefix/]name`. */
export const qualifiedName = (name: string): string[] => {
  const parts = name.split("/");
  if (parts.length > 2)
    return [
      `a qualified name ${regexProblem(QUALIFIED_TEXT, QUALIFIED, ["MyName", "my.name", "123-abc"])} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const own = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const problems: string[] = [];
  if (prefix === "") problems.push("prefix part must be non-empty");
  else if (prefix !== undefined) problems.push(...dnsSubdomain(prefix).map((text) => `prefix part ${text}`));
  if (own === "") problems.push("name part must be non-empty");
  else if (Buffer.byteLength(own) > 63) problems.push(`name part ${tooLong(63)}`);
  if (!isQualifiedText(own))
    problems.push(`name part ${regexProblem(QUALIFIED_TEXT, QUALIFIED, ["MyName", "my.name", "123-abc"])}`);
  return problems;
};

export const labelValue = (value: string): string[] => [
  ...(Buffer.byteLength(value) > 63 ? [tooLong(63)] : []),
  ...(value === "" || isQualifiedText(value)
    ? []
    : [
        regexProblem(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          LABEL_VALUE,
          ["MyValue", "my_value", "12345"],
        ),
      ]),
];

/** Names of ports: IANA's service names. */
export const portName = (name: string): string[] => [
  ...(Buffer.byteLength(name) > 15 ? [tooLong(15)] : []),
  ...(/^[-a-z0-9]+$/.test(name) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(name) ? [] : ["must contain at least one letter (a-z)"]),
  ...(name.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(name.startsWith("-") || name.endsWith("-") ? ["must not begin or end with a hyphen"] : []),
];

/** Keys of ConfigMaps and Secrets. */
export const configKey = (key: string): string[] => [
  ...(Buffer.byteLength(key) > 253 ? [tooLong(253)] : []),
  ...(/^[-._a-zA-Z0-9]+$/.test(key)
    ? []
    : [
        regexProblem("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "[-._a-zA-Z0-9]+", [
          "key.name",
          "KEY_NAME",
          "key-name",
        ]),
      ]),
  ...(key === "." ? ["must not be '.'"] : []),
  ...(key === ".." || key.startsWith("..") ? ["must not start with '..'"] : []),
];
