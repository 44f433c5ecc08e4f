/** What is written down of each kind of resource that the stand-in for a cloud answers for. */

export interface Kind {
  /** Properties whose change the provider answers with a new resource, elements of lists as their list. */
  readonly replacedBy: readonly string[];
  /** Property that the provider fills with a name of its own where none is given. */
  readonly named?: string;
  /** Input whose value is the id of the resource; without it the id is the cloud's. */
  readonly id?: string;
  /** Outputs that grow by one with every change. */
  readonly counts?: readonly string[];
}

export interface Cloud {
  /** By type token; a kind without a row is refused, so that nobody guesses what replaces it. */
  readonly kinds: Readonly<Record<string, Kind>>;
  /** Outputs by name, where the general invention would not do: the first pattern that fits. */
  readonly inventions: readonly (readonly [RegExp, (of: Invented) => unknown])[];
  /** Answers of functions, by token. */
  readonly functions: Readonly<
    Record<string, (args: Readonly<Record<string, unknown>>, region: string) => object>
  >;
}

/** What an invented output may be made of. */
export interface Invented {
  readonly token: string;
  /** Name of the resource in the program. */
  readonly name: string;
  readonly id: string;
  readonly property: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Of the provider, or "". */
  readonly region: string;
}
