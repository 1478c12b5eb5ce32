// Read the operations of an OpenAPI description, grouped by tag.

export interface Parameter {
  readonly name: string;
  readonly place: string;
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  readonly text: string;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly text: string;
  readonly isDeprecated: boolean;
  readonly parameters: readonly Parameter[];
}

type Node = Readonly<Record<string, unknown>>;

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options"];

/** Return the operations by tag, in the order of the description. Throws TypeError if it has no paths. */
export function parseOperations(description: unknown): Map<string, Operation[]> {
  const root = node(description);
  const paths = node(root["paths"]);
  if (!Object.keys(paths).length) throw new TypeError("this is no OpenAPI description");
  const operationsByTag = new Map<string, Operation[]>();
  for (const [path, value] of Object.entries(paths)) {
    const shared = list(node(value)["parameters"]);
    for (const method of METHODS.filter((each) => each in node(value))) {
      const item = node(node(value)[method]);
      const tag = text(list(item["tags"])[0]) || "–";
      const parameters = [...shared, ...list(item["parameters"])].map((each) => parseParameter(resolveReference(each, root)));
      const operation = {
        method: method.toUpperCase(),
        path,
        text: text(item["description"]) || text(item["summary"]),
        isDeprecated: item["deprecated"] === true,
        parameters,
      };
      operationsByTag.set(tag, [...(operationsByTag.get(tag) ?? []), operation]);
    }
  }
  return operationsByTag;
}

function parseParameter(value: Node): Parameter {
  return {
    name: text(value["name"]),
    place: text(value["in"]),
    isRequired: value["required"] === true,
    isDeprecated: value["deprecated"] === true,
    text: text(value["description"]) || text(node(value["schema"])["description"]),
  };
}

/** Return the object that a `$ref` inside the description points to. */
function resolveReference(value: unknown, root: Node): Node {
  const address = text(node(value)["$ref"]);
  if (!address.startsWith("#/")) return node(value);
  const steps = address.slice(2).split("/").map((each) => each.replaceAll("~1", "/").replaceAll("~0", "~"));
  return node(steps.reduce<unknown>((at, step) => node(at)[step], root));
}

function node(value: unknown): Node {
  return typeof value === "object" && value !== null ? (value as Node) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
