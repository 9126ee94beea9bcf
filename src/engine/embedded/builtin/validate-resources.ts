import type { StatusCause } from "../api/status.ts";
import { invalidValue, required } from "../schema/cause.ts";
import { type Fields, textMap } from "./fields-of.ts";
import { canonicalQuantity, quantityValue } from "./quantity.ts";

/** What Kubernetes knows how to share; everything else is whole or not at all. */
const SHARED = /^(cpu|memory|ephemeral-storage)$/;
const HUGE_PAGES = /^hugepages-.+$/;

/** Problems of what a container asks for and is limited to. */
export const validateResources = (resources: Fields | undefined, path: string): StatusCause[] =>
  ["limits", "requests"].flatMap((kind) =>
    Object.entries(textMap(resources, kind)).flatMap(([name, quantity]) => [
      ...validateName(name, `${path}.${kind}[${name}]`),
      ...((quantityValue(quantity) ?? 0) < 0
        ? [invalidValue(`${path}.${kind}[${name}]`, shown(quantity), "must be greater than or equal to 0")]
        : []),
      ...(kind === "requests" ? validateRequest(name, quantity, textMap(resources, "limits"), path) : []),
    ]),
  );

const validateName = (name: string, path: string): StatusCause[] =>
  SHARED.test(name) || HUGE_PAGES.test(name) || name.includes("/")
    ? []
    : [
        invalidValue(path, name, "must be a standard resource type or fully qualified"),
        invalidValue(path, name, "must be a standard resource for containers"),
      ];

const validateRequest = (
  name: string,
  quantity: string,
  limits: Readonly<Record<string, string>>,
  path: string,
): StatusCause[] => {
  const most = Object.hasOwn(limits, name) ? limits[name] : undefined;
  const why = "Limit must be set for non overcommitable resources";
  if (most === undefined) return SHARED.test(name) ? [] : [required(`${path}.limits`, why)];
  if ((quantityValue(quantity) ?? 0) <= (quantityValue(most) ?? 0)) return [];
  return [
    invalidValue(`${path}.requests`, shown(quantity), `must be less than or equal to ${name} limit of ${shown(most)}`),
  ];
};

const shown = (quantity: string): string => canonicalQuantity(quantity) ?? quantity;
