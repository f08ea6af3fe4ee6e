import { sayer } from '../said';

/** What Node-RED's editor looks texts up with: its `RED._` gives single texts only, not all of a group. */
interface Translations {
  t(key: string, options: Record<string, unknown>): unknown;
}

/** An English sentence of the runtime, as it was answered, stored or thrown, in the language of the editor. */
export const said = sayer((key, options) => {
  const { i18next } = globalThis as { i18next?: Translations };
  return i18next?.t(key, options);
});
