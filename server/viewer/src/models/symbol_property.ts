// Properties of the library that it keeps behind symbols.

/** Return the value of a symbol property of a library object or its prototypes. */
export function symbolProperty<Value>(of: object, name: string): Value | undefined {
  for (let each: object | null = of; each; each = Object.getPrototypeOf(each) as object | null) {
    const key = Object.getOwnPropertySymbols(each).find((symbol) => symbol.description === name);
    if (key) return (of as Record<symbol, Value | undefined>)[key];
  }
  return undefined;
}
