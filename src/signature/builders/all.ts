import type { BuildMessages } from '../message-context';
import { adyenItem } from './adyen-item';
import { contentful } from './contentful';
import { hook0 } from './hook0';
import { hubspotV3 } from './hubspot-v3';
import { hygraph } from './hygraph';
import { mercadopago } from './mercadopago';
import type { BuilderName } from './names';
import { paddleClassic } from './paddle-classic';
import { paypal } from './paypal';
import { sns } from './sns';
import { twilio } from './twilio';

/** The messages that no template can express. */
export const BUILDERS: Readonly<Record<BuilderName, BuildMessages>> = {
  adyenItem,
  contentful,
  hook0,
  hubspotV3,
  hygraph,
  mercadopago,
  paddleClassic,
  paypal,
  sns,
  twilio,
};
