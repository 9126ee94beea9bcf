import { isIP } from "node:net";

type Check = (text: string) => boolean;

/** The check of a string format; undefined where Kubernetes 1.34 checks nothing. */
export const formatCheck = (format: string): Check | undefined => {
  const name = format.replaceAll("-", "");
  return Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
};

const matches =
  (pattern: RegExp): Check =>
  (text) =>
    pattern.test(text);

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})([tT ])(\d{2}):(\d{2}):(\d{2})([.,]\d+)?([zZ]|[+-]\d{2}:?\d{2})?$/;

const isDate: Check = (text) => {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return false;
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days;
};

const isDateTime: Check = (text) => {
  const [, date, , hours, minutes, seconds] = DATE_TIME.exec(text) ?? [];
  if (date === undefined || !isDate(date)) return false;
  return Number(hours) <= 23 && Number(minutes) <= 59 && Number(seconds) <= 59;
};

const GO_DURATION = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const WORD_DURATION =
  /^\s*(?:\d+(?:\.\d+)?)\s*(?:ns|nanos?|nanoseconds?|µs|us|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s*$/i;

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);

const isUri: Check = (text) => {
  if (text.startsWith("/")) return !hasControl(text) && !text.includes(" ");
  if (hasControl(text) || !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return false;
  const rest = text.slice(text.indexOf(":") + 1);
  if (rest === "" || (!rest.startsWith("/") && !rest.startsWith("//"))) return rest !== "";
  const [, host = ""] = /^\/\/([^/?#]*)/.exec(rest) ?? [];
  return !/[ <>"]/.test(host) && !/%(?![0-9A-Fa-f]{2})/.test(text.split("?")[0] ?? "");
};

const isCidr: Check = (text) => {
  const at = text.lastIndexOf("/");
  const address = text.slice(0, at);
  const bits = text.slice(at + 1);
  const family = isIP(address);
  return (
    at > 0 &&
    family !== 0 &&
    !address.includes("%") &&
    /^\d{1,3}$/.test(bits) &&
    Number(bits) <= (family === 4 ? 32 : 128)
  );
};

const isBase64: Check = (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/\-_]*={0,2}$/.test(text);

const digitsOf = (text: string): string => text.replace(/[\s-]/g, "");

const isIsbn10: Check = (text) => {
  const digits = digitsOf(text);
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = digits.split("").reduce((total, digit, at) => total + (at + 1) * (digit === "X" ? 10 : Number(digit)), 0);
  return sum % 11 === 0;
};

const isIsbn13: Check = (text) => {
  const digits = digitsOf(text);
  if (!/^\d{13}$/.test(digits)) return false;
  return digits.split("").reduce((total, digit, at) => total + (at % 2 === 0 ? 1 : 3) * Number(digit), 0) % 10 === 0;
};

const CARD =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;

const uuid = (version: string, variant: string): Check =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, "i"));

const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";

const CHECKS: Readonly<Record<string, Check>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: isUri,
  email: (text) => {
    const inner = /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text.trim();
    return (
      /^[^\s@<>()[\]:;,\\"]+@[^\s@<>()[\]:;,\\"]+$/.test(inner) &&
      !/^\.|\.@|\.\.|@\./.test(inner) &&
      !inner.endsWith(".")
    );
  },
  hostname: (text) =>
    text.length <= 255 &&
    text.split(".").every((label) => /^[a-zA-Z0-9\p{L}](?:[a-zA-Z0-9\p{L}-]{0,61}[a-zA-Z0-9\p{L}])?$/u.test(label)),
  ipv4: (text) => isIP(text) === 4,
  ipv6: (text) => isIP(text) === 6 && !text.includes("%"),
  cidr: isCidr,
  mac: matches(
    /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}(?:(?:[0-9a-f]{2}\1){2}|(?:[0-9a-f]{2}\1){14})?[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}(?:[0-9a-f]{4}\.|(?:[0-9a-f]{4}\.){7})?[0-9a-f]{4})$/i,
  ),
  uuid: uuid("[0-9a-f]", "[0-9a-f]"),
  uuid3: uuid("3", "[0-9a-f]"),
  uuid4: uuid("4", "[89ab]"),
  uuid5: uuid("5", "[89ab]"),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: (text) => CARD.test(text.replace(/\D/g, "")),
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(
    /^rgb\(\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/,
  ),
  byte: isBase64,
  password: () => true,
  date: isDate,
  duration: (text) => GO_DURATION.test(text) || WORD_DURATION.test(text),
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && matches(new RegExp(`^${LABEL}$`))(text),
  k8slongname: (text) => text.length <= 253 && matches(new RegExp(`^${LABEL}(?:\\.${LABEL})*$`))(text),
};
