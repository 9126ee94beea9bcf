import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import type { WriteContext } from "../rules/rules.ts";
import type { NameRule } from "../schema/names.ts";

/** What a built-in kind does with its objects beside what all of them do. Everything changes the object that it is given. */
export interface BuiltinKind {
  /** What the client leaves out. The client owns it. */
  readonly defaults?: (object: AnyObject) => void;
  /** What the server adds to a new object. Nobody owns it. */
  readonly prepareCreate?: (object: AnyObject, context: WriteContext) => void;
  readonly prepareUpdate?: (object: AnyObject, old: AnyObject, context: WriteContext) => void;
  /** A write to `/status`. */
  readonly prepareStatus?: (object: AnyObject, old: AnyObject) => void;
  readonly validate?: (object: AnyObject) => StatusCause[];
  readonly validateUpdate?: (object: AnyObject, old: AnyObject) => StatusCause[];
  /** A write to `/status`. */
  readonly validateStatus?: (object: AnyObject, old: AnyObject) => StatusCause[];
  /** Default: a DNS subdomain. */
  readonly name?: NameRule;
  /** Whether `metadata.generation` counts the changes of what is wanted. */
  readonly generation?: boolean;
  /** Changes of annotations count, too. */
  readonly countsAnnotations?: boolean;
  /** A PUT of an object that does not exist makes it. */
  readonly createsOnUpdate?: boolean;
}
