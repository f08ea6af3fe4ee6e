/**
 * How often a piece of work reads a character of a text, by the methods that a matcher written in
 * JavaScript has to use. It counts work instead of measuring time, so a busy machine changes nothing.
 */
export function countReads(work: () => void): number {
  const { prototype } = String;
  const original = { charCodeAt: prototype.charCodeAt, codePointAt: prototype.codePointAt };
  let reads = 0;
  for (const name of ['charCodeAt', 'codePointAt'] as const) {
    prototype[name] = function (this: string, at: number) {
      reads += 1;
      return original[name].call(this, at) as number;
    };
  }
  try {
    work();
  } finally {
    Object.assign(prototype, original);
  }
  return reads;
}
