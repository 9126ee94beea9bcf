import { columns, conditionColumns, defineKind, statusFields } from "../kind.ts";
import { object, optional, string } from "../schema.ts";

export const organization = defineKind({
  kind: "Organization",
  plural: "organizations",
  shortNames: ["org", "orgs"],
  scope: "Cluster",
  description: "The root of everything: one organization has one namespace in the control plane.",
  spec: object("Has no fields.", {}),
  specRequired: false,
  status: object("What the controller found.", {
    ...statusFields,
    namespace: optional(string("Namespace made for it.")),
  }),
  columns: [...conditionColumns("Ready"), columns.age],
});
