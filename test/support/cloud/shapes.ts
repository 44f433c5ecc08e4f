/** Types of an SDK's declarations, as far as values of a resource can be held against them. */
import ts from "typescript";

export type Shape =
  | { readonly kind: "string" | "number" | "boolean" | "anything" }
  | { readonly kind: "list" | "map"; readonly of: Shape }
  /** An interface of types/input.d.ts or types/output.d.ts, by namespace and name. */
  | { readonly kind: "record"; readonly side: "input" | "output"; readonly name: string }
  | { readonly kind: "choice"; readonly of: readonly Shape[] };

export interface Field {
  readonly shape: Shape;
  readonly required: boolean;
  /** What the SDK says of it. */
  readonly comment: string;
}

export type Fields = ReadonlyMap<string, Field>;

/** Properties of an interface, or of a class without its static ones. */
export function fieldsOf(declaration: ts.InterfaceDeclaration | ts.ClassDeclaration): Fields {
  const fields = new Map<string, Field>();
  for (const member of declaration.members) {
    if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) continue;
    if (member.type === undefined || !ts.isIdentifier(member.name)) continue;
    const isOptional = member.questionToken !== undefined || allowsUndefined(member.type);
    const comment = member.getFullText().slice(0, member.getLeadingTriviaWidth());
    fields.set(member.name.text, { shape: shapeOf(member.type), required: !isOptional, comment });
  }
  return fields;
}

const keywords: Partial<Readonly<Record<ts.SyntaxKind, Shape>>> = {
  [ts.SyntaxKind.StringKeyword]: { kind: "string" },
  [ts.SyntaxKind.NumberKeyword]: { kind: "number" },
  [ts.SyntaxKind.BooleanKeyword]: { kind: "boolean" },
  [ts.SyntaxKind.AnyKeyword]: { kind: "anything" },
};

function shapeOf(type: ts.TypeNode): Shape {
  const keyword = keywords[type.kind];
  if (keyword) return keyword;
  if (ts.isParenthesizedTypeNode(type)) return shapeOf(type.type);
  if (ts.isArrayTypeNode(type)) return { kind: "list", of: shapeOf(type.elementType) };
  if (ts.isLiteralTypeNode(type)) return { kind: "string" };
  if (ts.isUnionTypeNode(type)) return choice(type.types.filter((part) => !isUndefined(part)).map(shapeOf));
  if (ts.isTypeLiteralNode(type)) {
    const index = type.members.find(ts.isIndexSignatureDeclaration);
    return index ? { kind: "map", of: shapeOf(index.type) } : { kind: "anything" };
  }
  if (ts.isTypeReferenceNode(type)) return referenced(type);
  throw new Error(`a type that no SDK was seen to declare: ${type.getText()}`);
}

/** Enumerations are strings; a class of the SDK stands for its id, or a policy document for its text. */
function referenced(type: ts.TypeReferenceNode): Shape {
  const name = type.typeName.getText();
  const [argument] = type.typeArguments ?? [];
  if (/^pulumi\.(Input|Output)$/.test(name) && argument) return shapeOf(argument);
  if (name.startsWith("pulumi.asset.")) return { kind: "anything" };
  const record = /^(input|output)s\.(.+)$/.exec(name);
  if (record?.[2]) return { kind: "record", side: record[1] as "input" | "output", name: record[2] };
  return { kind: "string" };
}

function choice(shapes: readonly Shape[]): Shape {
  const distinct = shapes.filter(
    (shape, index) => shapes.findIndex((other) => JSON.stringify(other) === JSON.stringify(shape)) === index,
  );
  return distinct.length === 1 && distinct[0] ? distinct[0] : { kind: "choice", of: distinct };
}

function allowsUndefined(type: ts.TypeNode): boolean {
  if (ts.isTypeReferenceNode(type)) return (type.typeArguments ?? []).some(allowsUndefined);
  return ts.isUnionTypeNode(type) && type.types.some(isUndefined);
}

function isUndefined(type: ts.TypeNode): boolean {
  return type.kind === ts.SyntaxKind.UndefinedKeyword;
}
