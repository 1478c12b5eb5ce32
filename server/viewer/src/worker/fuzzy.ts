// Find the words that somebody meant who mistyped one; what is near enough is so for the server, too (server/looking.py).

const MOST_WORDS = 3;

/** Return how many letters may be wrong: none in three letters or in a number, one, and two from eight on. */
export function allowed(word: string): number {
  const { length } = [...word];
  if (length < 4 || /\p{N}/u.test(word)) return 0;
  return length < 8 ? 1 : 2;
}

/** Return how many letters are wrong, missing, too many or swapped with their neighbour; over `most` where more. */
export function edits(word: string, other: string, most: number): number {
  const [ours, theirs] = [[...word], [...other]];
  if (Math.abs(ours.length - theirs.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: theirs.length + 1 }, (_, column) => column);
  for (const [row, letter] of ours.entries()) {
    const line = [row + 1];
    for (const [column, their] of theirs.entries()) {
      const costs = [at(last, column + 1) + 1, at(line, column) + 1, at(last, column) + Number(letter !== their)];
      const isSwapped = row > 0 && column > 0 && letter === theirs[column - 1] && ours[row - 1] === their;
      line.push(Math.min(...costs, isSwapped ? at(before, column - 1) + 1 : Infinity));
    }
    if (Math.min(...line) > most) return most + 1;
    [before, last] = [last, line];
  }
  return Math.min(at(last, theirs.length), most + 1);
}

/** Return the known words that differ least from one, those in the most texts first; none that differ much.

    known : words in plain letters, and how many texts have each */
export function nearest(word: string, known: ReadonlyMap<string, number>): string[] {
  const most = allowed(word);
  if (!most) return [];
  const near = [...known].map(([other, count]) => ({ other, count, distance: edits(word, other, most) })).filter(({ distance }) => distance <= most);
  near.sort((one, two) => one.distance - two.distance || two.count - one.count || (one.other < two.other ? -1 : 1));
  return near.filter(({ distance }) => distance === near[0]?.distance).slice(0, MOST_WORDS).map(({ other }) => other);
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Infinity;
}
