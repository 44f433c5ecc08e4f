/** Rows as they are found: told and written at once, so that whoever is ended leaves what was found. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export type Row = Readonly<Record<string, string | number>>;

export interface FoundRowsOptions {
  /** What stands beside the rows in the file. */
  readonly head: Readonly<Record<string, unknown>>;
  /** JSON, whole after each row. Default: none is written. */
  readonly file: string | undefined;
  readonly tell: (line: string) => void;
}

export class FoundRows {
  readonly #options: FoundRowsOptions;
  readonly #rows = new Map<string, Row>();
  #beside: Readonly<Record<string, unknown>> = { isWhole: false };

  constructor(options: FoundRowsOptions) {
    this.#options = options;
    if (options.file !== undefined) mkdirSync(dirname(options.file), { recursive: true });
    this.#write();
  }

  /** Takes the place of a row that says the same `what`. */
  readonly add = (row: Row & { readonly what: string }): void => {
    this.#rows.set(row.what, row);
    this.#options.tell(JSON.stringify(row));
    this.#write();
  };

  /** What is known of all rows by now. */
  describe(beside: Readonly<Record<string, unknown>>): void {
    this.#beside = { ...this.#beside, ...beside };
    this.#write();
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  #write(): void {
    const { file, head } = this.#options;
    if (file === undefined) return;
    const record = { ...head, ...this.#beside, rows: this.rows };
    writeFileSync(`${file}.part`, `${JSON.stringify(record, null, 2)}\n`);
    renameSync(`${file}.part`, file);
  }
}
