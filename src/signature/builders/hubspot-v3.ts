import type { BuildMessages } from '../message-context';

/** Only these escapes are undone before the sender signs the URL. */
const DECODED: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
};

/** Method, URL with some escapes undone, body, time. */
export const hubspotV3: BuildMessages = ({ view, timestamp }) => {
  const url = view.url.replace(
    /%[0-9A-Fa-f]{2}/g,
    (escape) => DECODED[escape.toUpperCase()] ?? escape,
  );
  return { messages: [[view.method, url, view.body, timestamp]] };
};
