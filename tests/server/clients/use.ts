// Uses the generated types as a program would; each wrong use must be an error, else the compiler names its line.
import type { components, operations, paths } from "./carreau";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
type Query<Name extends keyof operations> = NonNullable<operations[Name]["parameters"]["query"]>;

export async function read<Path extends keyof paths>(path: Path, query: Record<string, string>): Promise<Answer<Path>> {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`);
  if (!response.ok) {
    const problem: components["schemas"]["Problem"] = await response.json();
    throw new Error(`${problem.code} (${problem.status}): ${problem.detail ?? problem.title}`);
  }
  return response.json();
}

export async function names(): Promise<string[]> {
  const list = await read("/v1/sites", { kind: "fosse" });
  const matched: number = list.matched;
  return list.sites.slice(0, matched).map((site) => site.name.text);
}

export async function found(): Promise<Set<"site" | "route" | "trail">> {
  return new Set((await read("/v1/search", { q: "mathilde" })).hits.map((hit) => hit.kind));
}

export const filters: Query<"listSites"> = { kind: "fosse", limit: 10, f: "geojson" };
export const slug: operations["getSite"]["parameters"]["path"] = { slug: "fosse-mathilde" };
export const size: Query<"getModel"> = { for: "phone" };

// @ts-expect-error: there is no such path
export const noPath = read("/v1/mines", {});
// @ts-expect-error: a parameter that the operation does not have
export const noParameter: Query<"listSites"> = { colour: "red" };
// @ts-expect-error: a limit is a number
export const noNumber: Query<"listSites"> = { limit: "ten" };
// @ts-expect-error: one of the formats
export const noFormat: Query<"listSites"> = { f: "csv" };
// @ts-expect-error: a parameter without a value is left out, and never null
export const noValue: Query<"search"> = { q: "mathilde", lang: null };
// @ts-expect-error: a search has words
export const noWords: Query<"search"> = {};
// @ts-expect-error: what is not known is left out
export const noPeriod = async (): Promise<unknown> => (await read("/v1/sites/{slug}", {})).period satisfies object | null;
// @ts-expect-error: only a problem of parameters has errors
export const noErrors = (problem: components["schemas"]["Problem"]): number => problem.errors.length;
// @ts-expect-error: a field that a site does not have
export const noField = async (): Promise<unknown> => (await read("/v1/sites/{slug}", {})).colour;
