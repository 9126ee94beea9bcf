const PATTERNS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /(authorization"?\s*[:=]\s*\[?\s*"?(?:(?:Bearer|Basic)\s+)?)(?!\*\*\*|Bearer\s|Basic\s)[^\s",}\]]+/gi,
  /(--(?:[\w-]+-)?(?:password|token|secret)\s+)(?!\*\*\*|-)(?:'[^']*'|[^\s"]+)/gi,
  /((?:client-key-data|clientKey|password|token|secret)"?\s*[:=]\s*"?)(?!\*\*\*)[^\s",}]+/gi,
  /(\w+:\/\/[^\s:/@]+:)[^\s@/]+(?=@)/g,
];

/** Replaces private keys, passwords, tokens and URL credentials by `***`, for logs and error messages. */
export const redact = (text: string): string => {
  let out = text;
  for (const pattern of PATTERNS)
    out = out.replaceAll(pattern, (_all, prefix: unknown) => `${typeof prefix === "string" ? prefix : ""}***`);
  return out;
};
