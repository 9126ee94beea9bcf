import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";

/** What is done to the objects of one resource on their way into the store. All change the object that they are given. */
export interface Rules {
  /** Drops fields that the kind does not have and gives their problems, in the words of strict decoding. */
  readonly dropUnknown: (object: AnyObject) => string[];
  readonly setDefaults: (object: AnyObject) => void;
  readonly prepareCreate: (object: AnyObject, context: WriteContext) => void;
  readonly prepareUpdate: (object: AnyObject, old: AnyObject, context: WriteContext) => void;
  /** Leaves of a write to `/status` what it may change. */
  readonly prepareStatus: (object: AnyObject, old: AnyObject) => void;
  readonly validateCreate: (object: AnyObject) => Promise<StatusCause[]>;
  readonly validateUpdate: (object: AnyObject, old: AnyObject) => Promise<StatusCause[]>;
  /** A write to `/status`. */
  readonly validateStatus: (object: AnyObject, old: AnyObject) => Promise<StatusCause[]>;
  /** A PUT of an object that does not exist makes it. */
  readonly createsOnUpdate: boolean;
  /** A PUT needs no resourceVersion. */
  readonly updatesBlindly: boolean;
}

export interface WriteContext {
  readonly allocateClusterIP: (wanted?: string) => string;
  readonly allocateNodePort: (wanted?: number) => number;
}
