/** A small request as a sender makes it, without what is signed, timed or drawn for each of them. */
export interface Sample {
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters of the URL. */
  readonly query?: Readonly<Record<string, string>>;
  /** The body: JSON, or the fields of a form. */
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Where the scheme has a pattern of headers for signatures: one of them. */
  readonly signatureHeader?: string;
  /** Further items of the list that the signature is one of. */
  readonly listItems?: Readonly<Record<string, string>>;
}

/** Of a sender that has no sample of its own. */
export const GENERAL_SAMPLE: Sample = {
  json: { type: 'test', data: { message: 'A test event, sent from the editor of Node-RED.' } },
};
