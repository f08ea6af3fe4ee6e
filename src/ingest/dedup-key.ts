import { WebhookError } from '../shared/errors';
import type { Provider } from '../signature/provider';
import type { Locator } from '../signature/scheme';

/** Where the idempotency key of a request is; null: requests are never duplicates. */
export type DedupSource = Locator | null;

const HEADER = /^header:([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100})$/;
const PAYLOAD = /^payload:(\S.{0,199})$/;

/** What `auto` means for a sender: its id, if that names a delivery. */
export function autoDedup(
  sender: Pick<Provider, 'deliveryId' | 'namesDelivery'> | undefined,
): DedupSource {
  return sender?.namesDelivery === true ? sender.deliveryId : null;
}

/**
 * Reads the `dedupKey` of an endpoint: `auto` (see `autoDedup`), `header:NAME`, `payload:PATH`
 * (dotted), or empty for off. Throws `bad-config`.
 */
export function parseDedupKey(dedupKey: string, auto: DedupSource): DedupSource {
  if (dedupKey === '') return null;
  if (dedupKey === 'auto') return auto;
  const header = HEADER.exec(dedupKey)?.[1];
  if (header !== undefined) return { header: header.toLowerCase() };
  const path = PAYLOAD.exec(dedupKey)?.[1];
  if (path !== undefined) return { json: path };
  throw new WebhookError(
    'bad-config',
    '`dedupKey` must be auto, header:NAME, payload:PATH or empty.',
  );
}

export function isDedupKey(dedupKey: string): boolean {
  return dedupKey === '' || dedupKey === 'auto' || HEADER.test(dedupKey) || PAYLOAD.test(dedupKey);
}
