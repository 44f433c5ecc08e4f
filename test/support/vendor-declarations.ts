/** Reads the words that vendors' own clients declare, from the files that the packages ship. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./tidy/project.ts";

/** Values of an enum of an AWS client, which is an object of string literals in its declarations. */
export function awsEnum(client: "client-ec2" | "client-eks", name: string): string[] {
  const path = join(root, `node_modules/@aws-sdk/${client}/dist-types/models/enums.d.ts`);
  const tree = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ESNext);
  const declaration = tree.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find((candidate) => ts.isIdentifier(candidate.name) && candidate.name.text === name);
  if (!declaration?.type || !ts.isTypeLiteralNode(declaration.type)) throw new Error(`no enum ${name}`);
  return declaration.type.members.flatMap((member) => {
    if (!ts.isPropertySignature(member) || !member.type || !ts.isLiteralTypeNode(member.type)) return [];
    return ts.isStringLiteral(member.type.literal) ? [member.type.literal.text] : [];
  });
}

const containerProto =
  "node_modules/@google-cloud/container/build/protos/google/container/v1/cluster_service.proto";

/** Values of an enum of GKE's protocol, in a message or outside of all, without the one that says nothing. */
export function gkeEnum(name: string, message?: string): string[] {
  const text = readFileSync(join(root, containerProto), "utf8");
  const from = message === undefined ? 0 : text.indexOf(`message ${message} {`);
  const start = text.indexOf(`enum ${name} {`, from);
  if (from < 0 || start < 0) throw new Error(`no enum ${name} in ${message ?? "the file"}`);
  const body = text.slice(start, text.indexOf("}", start)).replaceAll(/\/\/.*$/gm, "");
  return [...body.matchAll(/^\s+([A-Z][A-Z0-9_]*) = \d+;/gm)]
    .map(([, value = ""]) => value)
    .filter((value) => !value.endsWith("UNSPECIFIED"));
}
