/** Short forms in which the tracker's scenarios are written, and what they become in a flow file. */

/** A node by its local name's properties; `to` lists local names by output, `links` and `scope` too. */
export interface Part {
  readonly type: string;
  readonly to?: readonly (readonly string[])[];
  readonly links?: readonly string[];
  readonly scope?: readonly string[] | null;
  readonly [property: string]: unknown;
}

export type Parts = Readonly<Record<string, Part>>;

export interface FlowEntry {
  readonly id: string;
  readonly type: string;
  readonly [property: string]: unknown;
}

/** A node of this test's own (test-nodes.ts); `mode` is what it does with a message. */
export function own(mode: string, properties: object = {}): Part {
  return { type: 'tracker-test', mode, ...properties };
}

export function fn(func: string, properties: object = {}): Part {
  return { type: 'function', func, outputs: 1, ...properties };
}

export const sink: Part = { type: 'tracker-sink', to: [] };

/** Parts wired one after another by their first output, the last one into a sink named `sink`. */
export function chain(...parts: readonly Part[]): Parts {
  const named: Record<string, Part> = {};
  parts.forEach((part, i) => {
    const next = i + 1 < parts.length ? `n${i + 2}` : 'sink';
    named[`n${i + 1}`] = { to: [[next]], ...part };
  });
  return { ...named, sink };
}

/** As `chain`, without a sink: the last node is not wired. */
export function deadEnd(...parts: readonly Part[]): Parts {
  const last = `n${parts.length}`;
  return Object.fromEntries(
    Object.entries(chain(...parts))
      .filter(([name]) => name !== 'sink')
      .map(([name, part]) => [name, name === last ? { ...part, to: [[]] } : part]),
  );
}

export interface FlowSource {
  /** Unique; the tab's id. */
  readonly key: string;
  readonly parts: Parts;
  /** Names of the nodes that the wrapper node sends to. */
  readonly first?: readonly string[];
  /** Inner nodes of a subflow whose instances have the type `subflow`: n1 is its first, `out` its last. */
  readonly subflow?: Parts;
}

/** A node without a position counts as a config node. */
const ON_CANVAS = { x: 0, y: 0 };

/** The wrapper node's id in a compiled flow. */
export function wrapperId(key: string): string {
  return `${key}-wrap`;
}

/** A tab (and a subflow) with the wrapper node in front of the parts. */
export function compileFlow(source: FlowSource): FlowEntry[] {
  const { key, parts, first = ['n1'], subflow } = source;
  const wrapper: FlowEntry = {
    id: wrapperId(key),
    type: 'tracker-wrapper',
    z: key,
    ...ON_CANVAS,
    wires: [first.map((name) => `${key}-${name}`)],
  };
  const flow = [{ id: key, type: 'tab', label: key }, wrapper, ...compileParts(key, key, parts)];
  return subflow === undefined ? flow : [...flow, ...compileSubflow(key, subflow)];
}

function compileSubflow(key: string, parts: Parts): FlowEntry[] {
  const id = `${key}-subflow`;
  const definition = {
    id,
    type: 'subflow',
    name: key,
    in: [{ wires: [{ id: `${key}-inner-n1` }] }],
    out: [{ wires: [{ id: `${key}-inner-out`, port: 0 }] }],
  };
  return [definition, ...compileParts(`${key}-inner`, id, parts)];
}

function compileParts(prefix: string, z: string, parts: Parts): FlowEntry[] {
  const global = (name: string): string => `${prefix}-${name}`;
  return Object.entries(parts).map(([name, { type, to = [], links, scope, ...properties }]) => ({
    ...properties,
    id: global(name),
    type: type === 'subflow' ? `subflow:${prefix}-subflow` : type,
    z,
    ...ON_CANVAS,
    wires: to.map((output) => output.map(global)),
    ...(links === undefined ? {} : { links: links.map(global) }),
    ...(scope === undefined ? {} : { scope: scope === null ? null : scope.map(global) }),
  }));
}
