// Read the operations out of an OpenAPI description, by tag.

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

/** Return the operations of each tag, both in the order of the description; throws where it is none. */
export function operations(description: unknown): Map<string, Operation[]> {
  const root = node(description);
  const paths = node(root["paths"]);
  if (!Object.keys(paths).length) throw new TypeError("this is no OpenAPI description");
  const found = new Map<string, Operation[]>();
  for (const [path, value] of Object.entries(paths)) {
    const shared = list(node(value)["parameters"]);
    for (const method of METHODS.filter((each) => each in node(value))) {
      const told = node(node(value)[method]);
      const tag = text(list(told["tags"])[0]) || "–";
      const parameters = [...shared, ...list(told["parameters"])].map((each) => parameter(resolved(each, root)));
      const operation = {
        method: method.toUpperCase(),
        path,
        text: text(told["description"]) || text(told["summary"]),
        isDeprecated: told["deprecated"] === true,
        parameters,
      };
      found.set(tag, [...(found.get(tag) ?? []), operation]);
    }
  }
  return found;
}

function parameter(told: Node): Parameter {
  return {
    name: text(told["name"]),
    place: text(told["in"]),
    isRequired: told["required"] === true,
    isDeprecated: told["deprecated"] === true,
    text: text(told["description"]) || text(node(told["schema"])["description"]),
  };
}

/** Return what a reference inside the description stands for. */
function resolved(value: unknown, root: Node): Node {
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
