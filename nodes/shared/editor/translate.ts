/** The text of a key of the node's own locale file. */
export type Translate = (key: string, values?: Record<string, unknown>) => string;
