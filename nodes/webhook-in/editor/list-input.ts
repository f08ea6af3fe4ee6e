/** A list in a text input, separated by commas or white space. */
export function writeList(selector: string, values: readonly string[] | undefined): void {
  $(selector).val((values ?? []).join(', '));
}

export function readList(selector: string): string[] {
  return String($(selector).val() ?? '')
    .split(/[\s,]+/)
    .filter((value) => value !== '');
}
