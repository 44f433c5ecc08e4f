/** The provider of a cloud without the cloud: judges, compares, invents; what exists is kept in a folder. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Declarations, DeclaredResource } from "./declarations.ts";
import { computed, foreseen, type Inventor, invent } from "./invent.ts";
import { type Refusal, refusals } from "./judge.ts";
import type { Kind } from "./kinds.ts";
import { type Bag, changedPaths, unknownValue } from "./values.ts";

export interface Difference {
  readonly changes: readonly string[];
  readonly replaces: readonly string[];
  /** A name that its author chose can be had once only. */
  readonly deleteBeforeReplace: boolean;
}

export interface Made {
  readonly id: string;
  readonly outputs: Bag;
}

export class StandIn {
  /** As the provider's configuration says. */
  region = "";
  private readonly inventor: Inventor;
  private readonly directory: string;

  /** `directory` holds a file for everything that exists. */
  constructor(inventor: Inventor, directory: string) {
    this.inventor = inventor;
    this.directory = directory;
  }

  private get declarations(): Declarations {
    return this.inventor.declarations;
  }

  /** Inputs with what the provider adds, and everything that the SDK's declarations do not allow. */
  check(urn: string, before: Bag, inputs: Bag): { inputs: Bag; failures: Refusal[] } {
    const { token, name } = readUrn(urn);
    const declared = this.declarations.resource(token);
    const kind = this.inventor.cloud.kinds[token];
    if (!declared)
      return { inputs, failures: [{ property: "", reason: `the SDK has no resource ${token}` }] };
    if (!kind)
      return { inputs, failures: [{ property: "", reason: `the stand-in has no row for ${token}` }] };
    const failures = refusals(this.declarations, `${token.split(":").at(-1)}Args`, declared.inputs, inputs);
    return { inputs: withName(kind, urn, name, before, inputs), failures };
  }

  diff(urn: string, before: Bag, after: Bag): Difference {
    const kind = this.kind(urn);
    const changes = changedPaths(before, after);
    const replaces = changes.filter((path) => kind.replacedBy.some((row) => touches(path, row)));
    const name = kind.named === undefined ? undefined : after[kind.named];
    const isChosen = name !== undefined && name !== ownName(urn, readUrn(urn).name);
    return { changes, replaces, deleteBeforeReplace: isChosen && name === before[kind.named ?? ""] };
  }

  create(urn: string, inputs: Bag, preview: boolean): Made {
    const { token, name } = readUrn(urn);
    const { outputs } = this.declared(urn);
    if (preview) return { id: "", outputs: foreseen(outputs, inputs) };
    const { id: named } = this.kind(urn);
    const id = named === undefined ? `${name}-${randomBytes(4).toString("hex")}` : String(inputs[named]);
    const file = this.file(token, id);
    if (existsSync(file)) throw new Error(`${token} ${id} exists already`);
    const made = {
      id,
      outputs: invent(this.inventor, outputs, { token, name, id, inputs, region: this.region }),
    };
    this.write(file, made.outputs);
    return made;
  }

  update(urn: string, id: string, before: Bag, inputs: Bag, preview: boolean): Bag {
    const { token } = readUrn(urn);
    const { outputs } = this.declared(urn);
    const { counts = [] } = this.kind(urn);
    const kept = computed(outputs, inputs).map((name) => [name, before[name]]);
    const counted = counts.map((name) => [name, preview ? unknownValue : Number(before[name]) + 1]);
    const after = { ...inputs, ...Object.fromEntries([...kept, ...counted]), ...this.inventor.given[token] };
    if (!preview) this.write(this.file(token, id), after);
    return after;
  }

  /** Undefined where it does not exist. */
  read(urn: string, id: string): Bag | undefined {
    const file = this.file(readUrn(urn).token, id);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  }

  delete(urn: string, id: string): void {
    rmSync(this.file(readUrn(urn).token, id));
  }

  invoke(token: string, args: Bag): object {
    const answer = this.inventor.cloud.functions[token];
    if (!answer) throw new Error(`the stand-in does not answer ${token}`);
    return { ...args, ...answer(args, this.region), ...this.inventor.given[token] };
  }

  private kind(urn: string): Kind {
    const kind = this.inventor.cloud.kinds[readUrn(urn).token];
    if (!kind) throw new Error(`the stand-in has no row for ${readUrn(urn).token}`);
    return kind;
  }

  private declared(urn: string): DeclaredResource {
    const declared = this.declarations.resource(readUrn(urn).token);
    if (!declared) throw new Error(`the SDK has no resource ${readUrn(urn).token}`);
    return declared;
  }

  private file(token: string, id: string): string {
    return join(this.directory, encodeURIComponent(token), `${encodeURIComponent(id)}.json`);
  }

  private write(file: string, content: Bag): void {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, JSON.stringify(content));
  }
}

/** The last two parts of a URN; of a nested type the innermost. */
function readUrn(urn: string): { token: string; name: string } {
  const [, , types = "", name = ""] = urn.split("::");
  return { token: types.split("$").at(-1) ?? "", name };
}

/** A change within a forced property, or of the block that holds it. */
function touches(path: string, row: string): boolean {
  return path === row || path.startsWith(`${row}.`) || row.startsWith(`${path}.`);
}

function withName({ named }: Kind, urn: string, name: string, before: Bag, inputs: Bag): Bag {
  if (named === undefined || inputs[named] !== undefined || inputs[`${named}Prefix`] !== undefined)
    return inputs;
  return { ...inputs, [named]: before[named] ?? ownName(urn, name) };
}

function ownName(urn: string, name: string): string {
  return `${name}-${createHash("sha256").update(urn).digest("hex").slice(0, 7)}`;
}
