/** What the SDK of a cloud declares of a kind of resource, read from its own type declarations. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { type Fields, fieldsOf } from "./shapes.ts";

const packages = join(import.meta.dirname, "..", "..", "..", "node_modules", "@pulumi");

export interface DeclaredResource {
  readonly inputs: Fields;
  readonly outputs: Fields;
}

/** Each kind and each nested type is read once. */
export class Declarations {
  readonly version: string;
  private readonly directory: string;
  private readonly resources = new Map<string, DeclaredResource | undefined>();
  private readonly records = new Map<string, Fields>();
  private readonly texts = new Map<string, string>();

  /** Of the SDK of a package such as "aws". */
  constructor(name: string) {
    this.directory = join(packages, name);
    this.version = JSON.parse(readFileSync(join(this.directory, "package.json"), "utf8")).version;
  }

  /** By a type token such as aws:eks/cluster:Cluster; undefined for what the SDK does not have. */
  resource(token: string): DeclaredResource | undefined {
    if (!this.resources.has(token)) this.resources.set(token, this.readResource(token));
    return this.resources.get(token);
  }

  /** A nested type; they stand together in two files of several megabytes, of which one part is parsed. */
  record(side: "input" | "output", name: string): Fields {
    const key = `${side}s.${name}`;
    const fields = this.records.get(key) ?? fieldsOf(this.readRecord(side, name));
    this.records.set(key, fields);
    return fields;
  }

  private readResource(token: string): DeclaredResource | undefined {
    const [, module = "", name = ""] = token.split(":");
    const path = this.moduleFile(module);
    if (path === undefined) return undefined;
    const { statements } = parse(readFileSync(path, "utf8"));
    const inputs = statements
      .filter(ts.isInterfaceDeclaration)
      .find((each) => each.name.text === `${name}Args`);
    const outputs = statements.filter(ts.isClassDeclaration).find((each) => each.name?.text === name);
    return inputs && outputs && { inputs: fieldsOf(inputs), outputs: fieldsOf(outputs) };
  }

  /** A file is called like its module, or in small letters where the module begins with an abbreviation. */
  private moduleFile(module: string): string | undefined {
    const names = [module, module.toLowerCase()].map((name) => join(this.directory, `${name}.d.ts`));
    return names.find((name) => existsSync(name));
  }

  private readRecord(side: "input" | "output", name: string): ts.InterfaceDeclaration {
    const path = join(this.directory, "types", `${side}.d.ts`);
    const text = this.texts.get(path) ?? readFileSync(path, "utf8");
    this.texts.set(path, text);
    const [last = "", ...namespaces] = name.split(".").reverse();
    const [namespace] = namespaces;
    const whole = namespace === undefined ? text : block(text, `export declare namespace ${namespace} {`, "");
    const indent = namespace === undefined ? "" : "    ";
    const source = block(whole, `${indent}${indent === "" ? "export " : ""}interface ${last} {`, indent);
    const [declaration] = parse(source).statements;
    if (!declaration || !ts.isInterfaceDeclaration(declaration)) throw new Error(`${path} has no ${name}`);
    return declaration;
  }
}

/** From a line to the next closing brace of the same depth. */
function block(text: string, opening: string, indent: string): string {
  const start = text.indexOf(`\n${opening}`);
  if (start === -1) throw new Error(`no declaration begins with ${opening.trim()}`);
  return text.slice(start, text.indexOf(`\n${indent}}\n`, start) + `\n${indent}}\n`.length);
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.Latest, true);
}
