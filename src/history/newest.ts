interface Identified {
  readonly id: string;
}

/**
 * One page of what several stores gave, each its newest first and at most `limit`. Ids begin with the time,
 * so that they are the cursor as well: `next` is the `before` of the page below; null: there is none.
 */
export function newestOf<T extends Identified>(
  pages: readonly (readonly T[])[],
  limit: number,
): { readonly items: readonly T[]; readonly next: string | null } {
  const all = pages.flat().sort((a, b) => (a.id < b.id ? 1 : -1));
  const items = all.slice(0, limit);
  // A store whose page is full may have more.
  const isWhole = all.length <= limit && pages.every((page) => page.length < limit);
  return { items, next: isWhole ? null : (items.at(-1)?.id ?? null) };
}
