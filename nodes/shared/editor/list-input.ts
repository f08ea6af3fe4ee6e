/** A list in a text input, separated by commas or white space. */
export function writeList(
  selector: string,
  values: readonly (string | number)[] | undefined,
): void {
  $(selector).val((values ?? []).join(', '));
}

export function readList(selector: string): string[] {
  return String($(selector).val() ?? '')
    .split(/[\s,]+/)
    .filter((value) => value !== '');
}

/** HTTP status codes; what is no number is kept as the text that it is, for the dialog to refuse. */
export function readNumbers(selector: string): (number | string)[] {
  return readList(selector).map((value) => (Number.isNaN(Number(value)) ? value : Number(value)));
}
