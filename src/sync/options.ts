import type { Endpoint } from './endpoint';
import { hasReference } from './environment';
import type { NameValue } from './headers';

/** How a connection shows who it is. The secrets themselves are never part of the options. */
export const AUTH_TYPES = ['none', 'apiKey', 'bearer', 'basic', 'oauth2'] as const;
export type AuthType = (typeof AUTH_TYPES)[number];

/** Where an OAuth 2 client's id and secret go: the form of the request, or an Authorization header. */
export const CLIENT_AUTH_PLACES = ['body', 'basic'] as const;
export type ClientAuthPlace = (typeof CLIENT_AUTH_PLACES)[number];

export const API_KEY_PLACES = ['header', 'query'] as const;
export type ApiKeyPlace = (typeof API_KEY_PLACES)[number];

/** Which credentials a connection uses, without the secrets themselves. */
export interface AuthSettings {
  readonly auth: AuthType;
  /** Header or query parameter of the API key; empty: `X-API-Key` or `api_key`. */
  readonly apiKeyName: string;
  readonly apiKeyIn: ApiKeyPlace;
  /** Where OAuth 2 tokens come from. */
  readonly tokenUrl: string;
  /** Blank-separated; empty: what the server gives by default. */
  readonly scope: string;
  /** Which API the token is for, where the server wants to know. */
  readonly audience: string;
  readonly clientAuth: ClientAuthPlace;
}

export interface ConnectionOptions {
  readonly baseUrl: string;
  readonly defaultHeaders: readonly NameValue[];
  /** For one attempt, from the first byte sent to the last byte received. */
  readonly timeoutSeconds: number;
  /** Attempts in total, the first one included. */
  readonly retryCount: number;
  /** Waited after the first attempt; twice as long after the second, and so on. */
  readonly retryDelaySeconds: number;
  readonly endpoints: readonly Endpoint[];
  /** An answer beyond this is not read to its end. */
  readonly maxResponseMb: number;
  /** Failures of an endpoint in a row after which it is left alone for `breakerResetSeconds`. */
  readonly breakerThreshold: number;
  readonly breakerResetSeconds: number;
  /** Addresses of the own machine and network may be reached. */
  readonly allowPrivateNetwork: boolean;
}

/** Whether a text is an http(s) URL without user, password, query and fragment. */
export function isBaseUrl(text: string): boolean {
  if (!/^https?:\/\/[^/?#\\@]+(\/[^?#\\@]*)?$/i.test(text)) return false;
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}

/** A base URL, or a text that may become one once its `${NAME}` are replaced. */
export function mayBeBaseUrl(text: string): boolean {
  return isBaseUrl(text) || hasReference(text);
}
