/** What an editableList keeps for each of its items, in the order in which they stand. */
export function listItems<T>(list: JQuery): T[] {
  const items: T[] = [];
  list.editableList('items').each((_, element) => {
    items.push($(element).data('data') as T);
  });
  return items;
}
