import type { Locator } from '../signature/scheme';
import type { Sample } from '../signature/sample';
import { Draft } from '../signature/sign/draft';
import { signDraft, type Signing } from '../signature/sign/sign';
import type { Endpoint } from './endpoint';
import type { PathPattern } from './path-pattern';
import { senderUrl } from './public-url';

/** How this process is called by itself. */
export interface OwnAddress {
  /** Name or address, and port. */
  readonly host: string;
  readonly secure: boolean;
  /** The root under which endpoints are mounted, without a slash at the end. */
  readonly root: string;
}

/** `target`: path and query below the root at which endpoints are mounted. */
export type TestSigning =
  (Extract<Signing, { ok: true }> & { readonly target: string }) | Extract<Signing, { ok: false }>;

export interface TestTools {
  readonly nowMs: number;
  readonly newId: () => string;
}

/**
 * A request as the sender of the endpoint would make it, signed with the secret that the endpoint has.
 * Each has an id of its own, so that none is a duplicate.
 */
export async function testRequest(
  { settings, verification }: Endpoint,
  pattern: PathPattern,
  sample: Sample,
  { host, secure, root }: OwnAddress,
  tools: TestTools,
): Promise<TestSigning> {
  const { methods, scheme, publicUrl, proxyHops, deliveryId, eventType } = settings;
  const method = methods.includes('POST') ? 'POST' : (methods[0] ?? 'POST');
  const headers = { host };
  const path = samplePath(pattern);
  const incoming = { method, url: path, root, secure, headers };
  const draft = new Draft({ method, ...senderUrl(publicUrl, proxyHops, incoming) }, sample);
  if (deliveryId !== null) putId(draft, deliveryId, tools);
  if (eventType !== null && 'header' in eventType) draft.ensureHeader(eventType.header, 'test');
  const secret = verification.secret ?? '';
  const signing = await signDraft(scheme, draft, { ...tools, secret, settings: settings.settings });
  return signing.ok ? { ...signing, target: path + draft.search } : signing;
}

function putId(draft: Draft, place: Locator, { nowMs, newId }: TestTools): void {
  if ('header' in place) return draft.setHeader(place.header, newId());
  const isNumber = typeof draft.json(place.json) === 'number';
  try {
    draft.setJson(place.json, isNumber ? String(nowMs) : newId());
  } catch {
    // A general sample has no such place: then the event has no id.
  }
}

/** A path that the pattern matches. */
export function samplePath({ segments, wildcard }: PathPattern): string {
  const parts = segments.map((segment) =>
    'param' in segment ? 'test' : encodeURIComponent(segment.text),
  );
  return `/${[...parts, ...(wildcard ? ['test'] : [])].join('/')}`;
}
