/** A test event: what was sent, without secrets, and what came of it. */
export interface TestReport {
  /** Null: none was stored. */
  readonly eventId: string | null;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** The first 4 KB of its body. */
  readonly answer: { readonly status: number; readonly contentType: string; readonly body: string };
}
