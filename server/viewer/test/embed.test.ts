import { expect, test } from "vitest";
import { parseColours } from "../src/embed/colours";
import { parseOptions, secretOf, staticPage } from "../src/embed/options";
import { ParentChannel, parseMessage, UnavailableError } from "../src/embed/post_message";

const HOST = "https://tourism.example";

function openChannel(run = (): Promise<object | undefined> => Promise.resolve({ site: "a" })) {
  const messages: [object, string][] = [];
  const parent = { postMessage: (message: object, origin: string) => void messages.push([message, origin]) } as unknown as Window;
  const channel = new ParentChannel(parent, run);
  return { messages, channel, receive: (data: unknown, origin = HOST, source: Window = parent) => channel.receive({ data, origin, source }) };
}

test("valid commands are parsed, all others refused", () => {
  expect(parseMessage({ carreau: 1, do: "show", level: "phone", id: 7 })).toEqual({ id: 7, command: { do: "show", level: "phone" } });
  expect(parseMessage({ carreau: 1, do: "compare", with: "1930" })).toEqual({ id: undefined, command: { do: "compare", with: "1930" } });
  for (const other of [undefined, null, "carreau", 1, [], { do: "open" }, { type: "resize" }]) expect(parseMessage(other)).toBeUndefined();
  for (const version of [0, 2, "1", undefined]) expect(parseMessage({ carreau: version, do: "open", id: "a" })).toEqual({ id: "a", reason: "version" });
  for (const wrong of [
    {}, { do: "toString" }, { do: "__proto__" }, { do: "show" }, { do: "show", level: "ar-ios" }, { do: "open", more: 1 }, { do: "state", state: "" },
    { do: "state", state: "a".repeat(201) }, { do: "state", state: ["a"] }, { do: "step", tour: "t", step: 0 }, { do: "step", tour: "t", step: 1.5 },
    { do: "compare", with: "a", mode: "wipe" }, { do: "compare", with: "a", share: Number.NaN }, { do: "hello", fit: "yes" }, { do: "open", id: {} },
  ]) expect(parseMessage({ carreau: 1, ...wrong })).toEqual({ id: undefined, reason: "message" });
});

test("the frame answers its parent, at the origin that sent hello", async () => {
  const { messages, channel, receive } = openChannel();
  channel.send("load", {});
  await receive({ carreau: 1, do: "open", id: 1 });
  await receive({ carreau: 1, do: "hello" }, HOST, {} as Window);
  await receive({ carreau: 1, do: "hello" }, "null");
  expect(messages).toEqual([[{ carreau: 1, event: "refused", reason: "hello", id: 1 }, HOST]]);
  await receive({ carreau: 1, do: "hello" });
  await receive({ carreau: 1, do: "open" });
  await receive({ carreau: 1, do: "open", id: "b" });
  await receive({ carreau: 1, do: "hello" }, "https://other.example");
  channel.send("load", { level: "phone", event: "x", carreau: 9 });
  await receive({ carreau: 2, do: "open", id: 3 });
  expect(messages.slice(1)).toEqual([
    [{ carreau: 1, event: "welcome", site: "a" }, HOST],
    [{ carreau: 1, event: "done", id: "b", site: "a" }, HOST],
    [{ carreau: 1, event: "load", level: "phone" }, HOST],
    [{ carreau: 1, event: "refused", reason: "version", versions: [1], id: 3 }, HOST],
  ]);
});

test("unavailable commands are refused", async () => {
  for (const [failure, reason] of [[new UnavailableError(), "unavailable"], [new Error("x"), "failed"]] as const) {
    const { messages, receive } = openChannel(() => Promise.reject(failure));
    await receive({ carreau: 1, do: "hello", id: 1 });
    expect(messages).toEqual([[{ carreau: 1, event: "refused", reason, id: 1 }, HOST]]);
  }
});

test("the address sets the options of a frame", () => {
  expect(parseOptions("?state=a%26b&lang=de&display=pyramid&x=1", "#state=c")).toMatchObject({ state: "c", lang: "de", isPyramid: true, colours: undefined });
  expect(parseOptions("", "#?secret=AbC123xyz0")).toMatchObject({ state: "", lang: "", isPyramid: false });
  expect([secretOf("#?secret=AbC123xyz0"), secretOf("#secret=short"), secretOf("")]).toEqual(["AbC123xyz0", "", ""]);
});

test("on a static host each language has its own page", () => {
  expect(staticPage("/embed/a", "pl", "fr")).toBe("/embed/a/index.pl.html");
  expect(staticPage("/embed/a/", "pl", "fr")).toBe("/embed/a/index.pl.html");
  expect(staticPage("/embed/a/index.pl.html", "fr", "fr")).toBe("/embed/a/index.html");
  expect(staticPage("/embed/a/index.pl.html", "pl", "fr")).toBe("");
});

test("custom colours are readable", () => {
  const plainText = parseColours("FFFFFF,93361f");
  expect(plainText).toMatchObject({ isDark: false, properties: { "--ground": "#ffffff", "--ink": "#000000", "--brick": "#93361f" } });
  expect(parseColours("202020,303030")).toMatchObject({ isDark: true, properties: { "--ink": "#ffffff", "--brick": "#ffffff" } });
  expect([parseColours("light")?.isDark, parseColours("dark")?.isDark]).toEqual([false, true]);
  for (const grey of ["000000", "595959", "757575", "808080", "ffffff"]) {
    const { properties } = parseColours(`${grey},${grey}`)!;
    for (const name of ["--ink", "--soft", "--brick"]) expect(ratio(properties[name]!, properties["--ground"]!)).toBeGreaterThan(4.5);
  }
  for (const wrong of ["", "red", "fff,000", "ffffff", "ffffff,00000g", "url(x),ffffff"]) expect(parseColours(wrong)).toBeUndefined();
});

function ratio(one: string, other: string): number {
  const lights = [one, other].map((text) => {
    const part = Number.parseInt(text.slice(1, 3), 16) / 255; // of greys alone
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }).sort((a, b) => b - a);
  return (lights[0]! + 0.05) / (lights[1]! + 0.05);
}
