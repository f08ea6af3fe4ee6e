/** Certificates, and how to check the server's: PEM texts or bytes. */
export interface TlsSettings {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly pfx?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** The port to a REST API's server. An adapter keeps its connections open between requests. */
export interface HttpClient {
  /**
   * Sends one request and reads the answer, whatever its status; redirects are not followed.
   * Throws a SyncError: NETWORK, TIMEOUT, VALIDATION for an address that is not allowed, or UNKNOWN where
   * the signal ended it.
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends running requests and closes all connections. */
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; values of a repeated one are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AnswerBody;
}

/** The status counts even where the body could not be read to its end: what was sent has arrived. */
export type AnswerBody =
  | { readonly complete: true; readonly text: string }
  | { readonly complete: false; readonly reason: 'too-large' | 'cut' | 'timeout' };
