/** Replaces `$(NAME)` by what is known of it; `$$` is one dollar sign; a name that is not known stays as it is. */
export const expandVariables = (text: string, lookup: (name: string) => string | undefined): string =>
  text.replaceAll(/\$(\$|\(([^()$]*)\))/g, (all, what: string, name?: string) =>
    what === "$" ? "$" : (lookup(name ?? "") ?? all),
  );
