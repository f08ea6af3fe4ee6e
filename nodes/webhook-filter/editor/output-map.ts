/**
 * What Node-RED's editor needs to keep wires on their rules while rules are moved, added and removed:
 * from each output as it was to where it is now (-1: gone), and a name that is no number for each new
 * one. The output for messages that no rule matched stays the last.
 * `origins` holds, for each rule in the form, its index before the edit; null for a new rule.
 */
export function outputMap(
  rulesBefore: number,
  origins: readonly (number | null)[],
): Record<string, number> {
  const map: Record<string, number> = {};
  for (let index = 0; index < rulesBefore; index += 1) map[index] = origins.indexOf(index);
  for (const [index, origin] of origins.entries()) if (origin === null) map[`new-${index}`] = index;
  map[rulesBefore] = origins.length;
  return map;
}
