import type { Case } from "../case.ts";
import { accountCases } from "./accounts.ts";
import { applyCases } from "./apply.ts";
import { badInputCases } from "./bad-input.ts";
import { createCases } from "./create.ts";
import { customCases } from "./custom.ts";
import { deleteCases } from "./delete.ts";
import { discoveryCases } from "./discovery.ts";
import { kindCases } from "./kinds.ts";
import { listCases } from "./list.ts";
import { patchCases } from "./patch.ts";
import { subresourceCases } from "./subresources.ts";
import { tableCases } from "./tables.ts";
import { updateCases } from "./update.ts";
import { validationCases } from "./validation.ts";
import { watchCases } from "./watch.ts";

/** Cases that are asked of one server. */
export interface CaseGroup {
  readonly podsNeedAccounts: boolean;
  readonly cases: readonly Case[];
}

const cases: readonly Case[] = [
  ...createCases,
  ...updateCases,
  ...patchCases,
  ...applyCases,
  ...deleteCases,
  ...listCases,
  ...watchCases,
  ...kindCases,
  ...subresourceCases,
  ...customCases,
  ...tableCases,
  ...discoveryCases,
  ...badInputCases,
  ...validationCases,
];

export const caseGroups: readonly CaseGroup[] = [
  { podsNeedAccounts: false, cases },
  { podsNeedAccounts: true, cases: accountCases },
];

export const allCases: readonly Case[] = caseGroups.flatMap((group) => group.cases);
