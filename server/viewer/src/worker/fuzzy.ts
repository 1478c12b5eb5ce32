// Fuzzy matching of mistyped words, with the same limits as server/carreau_server/search.py.

const MAX_WORDS = 3;

/** Return the maximum edit distance of a word: 0 below four letters or with a digit, 1, and 2 from eight letters. */
export function maxEdits(word: string): number {
  const { length } = [...word];
  if (length < 4 || /\p{N}/u.test(word)) return 0;
  return length < 8 ? 1 : 2;
}

/** Return the edit distance of two words, with swaps of neighbours (optimal string alignment); `limit` + 1 if larger. */
export function editDistance(word: string, other: string, limit: number): number {
  const [letters, otherLetters] = [[...word], [...other]];
  if (Math.abs(letters.length - otherLetters.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: otherLetters.length + 1 }, (_, column) => column);
  for (const [row, letter] of letters.entries()) {
    const row1 = [row + 1];
    for (const [column, otherLetter] of otherLetters.entries()) {
      const costs = [at(last, column + 1) + 1, at(row1, column) + 1, at(last, column) + Number(letter !== otherLetter)];
      const isSwapped = row > 0 && column > 0 && letter === otherLetters[column - 1] && letters[row - 1] === otherLetter;
      row1.push(Math.min(...costs, isSwapped ? at(before, column - 1) + 1 : Infinity));
    }
    if (Math.min(...row1) > limit) return limit + 1;
    [before, last] = [last, row1];
  }
  return Math.min(at(last, otherLetters.length), limit + 1);
}

/** Return the words nearest to a mistyped one, the most frequent first; none beyond the maximum edit distance.

    counts : folded words, and the number of texts that have each */
export function nearestWords(word: string, counts: ReadonlyMap<string, number>): string[] {
  const limit = maxEdits(word);
  if (!limit) return [];
  const matches = [...counts].map(([other, count]) => ({ other, count, distance: editDistance(word, other, limit) })).filter(({ distance }) => distance <= limit);
  matches.sort((one, two) => one.distance - two.distance || two.count - one.count || (one.other < two.other ? -1 : 1));
  return matches.filter(({ distance }) => distance === matches[0]?.distance).slice(0, MAX_WORDS).map(({ other }) => other);
}

function at(row1: readonly number[], column: number): number {
  return row1[column] ?? Infinity;
}
