import type { Schema } from "../schema/schema.ts";

/** One resource in one of its versions, as discovery tells it and the handlers need it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** Of the whole object; undefined where any object is accepted. */
  readonly schema: Schema | undefined;
  /** Whether it comes from a CustomResourceDefinition. */
  readonly custom: boolean;
  readonly subresources: readonly Subresource[];
  /** Columns of a custom resource's table behind its name; without any there is its age. */
  readonly columns: readonly PrinterColumn[];
}

export interface Subresource {
  /** `status`, `scale`, `log`, `exec`, `token`, … */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  /** Kind of its body: the resource's own for `status`, `Scale` for `scale`, … */
  readonly kind: string;
  readonly verbs: readonly string[];
  /** Where a custom resource keeps what its `scale` shows. */
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
}

/** `additionalPrinterColumns` of a CustomResourceDefinition. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}
