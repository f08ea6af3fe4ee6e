/** What the admin API answers where something can't be done: a code, and words for the user. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** 0: no answer came. */
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The code of an answer that is not the admin API's own. */
export const UNEXPECTED = 'unexpected';

const ROOT = 'apilinker-webhooks';
const LONGEST_WAIT_MS = 30_000;

/** Asks the admin API (docs/API.md). Relative, so that Node-RED's editor adds the user's token. Rejects with an ApiProblem. */
export function apiGet<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
  const search = new URLSearchParams(query).toString();
  return request<T>('GET', search === '' ? path : `${path}?${search}`);
}

export function apiPost<T>(path: string, body: object = {}): Promise<T> {
  return request<T>('POST', path, body);
}

function request<T>(method: string, path: string, body?: object): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    $.ajax({
      method,
      url: ROOT + path,
      timeout: LONGEST_WAIT_MS,
      dataType: 'json',
      ...(body === undefined
        ? {}
        : { data: JSON.stringify(body), contentType: 'application/json; charset=utf-8' }),
      success: (answer: T) => resolve(answer),
      error: (xhr: JQuery.jqXHR) => reject(problemOf(xhr)),
    });
  });
}

function problemOf({ status, statusText, responseJSON }: JQuery.jqXHR): ApiProblem {
  const { code, message } = (responseJSON ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' && typeof message === 'string';
  return known
    ? new ApiProblem(status, code, message)
    : new ApiProblem(status, UNEXPECTED, `${status} ${statusText}`.trim());
}
