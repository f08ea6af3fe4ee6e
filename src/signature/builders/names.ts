/** Messages that a template cannot express; one module each in this folder. */
export const BUILDER_NAMES = [
  'twilio',
  'contentful',
  'hubspotV3',
  'hook0',
  'mercadopago',
  'paypal',
  'sns',
  'adyenItem',
  'paddleClassic',
  'hygraph',
] as const;
export type BuilderName = (typeof BUILDER_NAMES)[number];
