// Case and accent folding for search, the same as pipeline/carreau/base/schema/bundle.py.

const LETTERS: Readonly<Record<string, string>> = {
  ł: "l", œ: "oe", æ: "ae", ß: "ss", ø: "o", đ: "d", ð: "d", þ: "th", ı: "i", ĳ: "ij",
};

export function fold(text: string): string {
  const plain = text.toLowerCase().replace(/[łœæßøđðþıĳ]/g, (letter) => LETTERS[letter] ?? letter);
  return plain.normalize("NFKD").replace(/\p{M}/gu, "");
}

export interface Token {
  readonly term: string;
  readonly start: number;
  readonly end: number;
}

/** Return the words of a text, with their positions. */
export function tokenize(text: string): Token[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map((match) => ({
    term: fold(match[0]),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** Return the folded words of texts, each once. */
export function foldedWords(texts: readonly string[]): Set<string> {
  return new Set(fold(texts.join("\n")).match(/[\p{L}\p{N}]+/gu));
}
