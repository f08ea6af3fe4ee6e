/** A number as JSON writes it: what headers and queries hold is text. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Whether a value and a bound stand in an order. With a bound that is a number, numbers and texts
 * that spell one are compared; with one that is a text, texts, character by character (UTF-16), as is
 * right for ISO dates of one time zone. Anything else has no order, and the answer is false.
 */
export function compareWith(
  bound: number | string,
  fits: (value: number | string, bound: number | string) => boolean,
): (value: unknown) => boolean {
  if (typeof bound === 'string') return (value) => typeof value === 'string' && fits(value, bound);
  return (value) => {
    const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
    return typeof number === 'number' && fits(number, bound);
  };
}
