import type { ResourceType } from "./resource-type.ts";

/** All resources that are served now: the built-in ones and those of CustomResourceDefinitions. */
export class Registry {
  readonly #builtin: readonly ResourceType[];
  readonly #custom = new Map<string, readonly ResourceType[]>();
  #byPath = new Map<string, ResourceType>();
  #all: readonly ResourceType[] = [];
  #generation = 0;

  constructor(builtin: readonly ResourceType[]) {
    this.#builtin = builtin;
    this.#index();
  }

  /** Changes with every change of a definition: what is made from all resources is made again. */
  get generation(): number {
    return this.#generation;
  }

  all(): readonly ResourceType[] {
    return this.#all;
  }

  find(group: string, version: string, resource: string): ResourceType | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`);
  }

  /** Some version of a resource, the preferred one first. */
  findAny(group: string, resource: string): ResourceType | undefined {
    return this.#all.find((type) => type.group === group && type.resource === resource);
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.#all.some((type) => type.group === group && type.version === version);
  }

  /** The served versions of one definition; none: it is not served. */
  setCustom(definition: string, types: readonly ResourceType[]): void {
    if (types.length === 0) this.#custom.delete(definition);
    else this.#custom.set(definition, types);
    this.#index();
  }

  customOf(definition: string): readonly ResourceType[] {
    return this.#custom.get(definition) ?? [];
  }

  #index(): void {
    this.#all = [...this.#builtin, ...[...this.#custom.values()].flat()];
    this.#byPath = new Map(this.#all.map((type) => [`${type.group}/${type.version}/${type.resource}`, type]));
    this.#generation++;
  }
}
