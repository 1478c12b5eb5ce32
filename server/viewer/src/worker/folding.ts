// Write words in plain letters, as people type them on a keyboard of another country; as pipeline/schema/folding.py.

const LETTERS: Readonly<Record<string, string>> = {
  ł: "l", œ: "oe", æ: "ae", ß: "ss", ø: "o", đ: "d", ð: "d", þ: "th", ı: "i", ĳ: "ij",
};

export function folded(text: string): string {
  const plain = text.toLowerCase().replace(/[łœæßøđðþıĳ]/g, (letter) => LETTERS[letter] ?? letter);
  return plain.normalize("NFKD").replace(/\p{M}/gu, "");
}

export interface Word {
  readonly plain: string;
  readonly from: number;
  readonly behind: number;
}

/** Return the words of a text, with their places in it. */
export function words(text: string): Word[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map((found) => ({
    plain: folded(found[0]),
    from: found.index,
    behind: found.index + found[0].length,
  }));
}

/** Return the words of texts in plain letters, each once. */
export function plainWords(texts: readonly string[]): Set<string> {
  return new Set(folded(texts.join("\n")).match(/[\p{L}\p{N}]+/gu));
}
