/**
 * The text with decimal digits of any script (Unicode category Nd) as 0-9, as Python reads numbers.
 * Unicode keeps each set of ten digits together and in order, so a digit's value is its distance from
 * the start of its run of digits, modulo ten.
 */
export function decimalDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)));
}

function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let start = code;
  while (start > 0 && /\p{Nd}/u.test(String.fromCodePoint(start - 1))) start--;
  return (code - start) % 10;
}
