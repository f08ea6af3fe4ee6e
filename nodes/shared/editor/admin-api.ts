const ROOT = 'apilinker-webhooks';

/** An answer of our admin API that is no success. */
export class AdminError extends Error {
  /** One of ours (`not-found`), or empty. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'AdminError';
    this.code = code;
  }
}

/**
 * Asks our admin API (docs/API.md) as the user who is logged in: Node-RED's jQuery adds the token. Rejects
 * with an AdminError.
 */
export function askAdmin<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  return new Promise((resolve, reject) => {
    $.ajax({
      method,
      url: ROOT + path,
      ...(body === undefined
        ? {}
        : { data: JSON.stringify(body), contentType: 'application/json; charset=utf-8' }),
      success: (answer: T) => resolve(answer),
      error: (request) => reject(errorOf(request)),
    });
  });
}

function errorOf({ responseJSON, status, statusText }: JQuery.jqXHR): AdminError {
  const { code = '', message } = (responseJSON ?? {}) as { code?: string; message?: string };
  return new AdminError(code, message ?? `${status} ${statusText}`.trim());
}
