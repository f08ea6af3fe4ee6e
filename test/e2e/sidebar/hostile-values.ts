/** In each of them, and nowhere else: what must never stand in an attribute, a style or a URL. */
export const MARK = 'h0stile';

/** What each of them would do, if it became markup or code. */
const FIRE = `window.fired=(window.fired||'')+'${MARK}'`;

/** Texts that become markup, code, an attribute, a URL or a style where they are not taken as text. */
export const HOSTILE: readonly string[] = [
  `<img src=x onerror="${FIRE}">`,
  `"><svg onload=${FIRE}>`,
  `'><script>${FIRE}</script>`,
  `</script><script>${FIRE}</script>`,
  `</textarea><img src=x onerror=${FIRE}>`,
  `</style><img src=x onerror=${FIRE}>`,
  `javascript:${FIRE}//`,
  `" onmouseover="${FIRE}" autofocus onfocus="${FIRE}" x="`,
  `<a href="javascript:${FIRE}">${MARK}</a>`,
  `<iframe srcdoc="<script>parent.${FIRE}</script>"></iframe>`,
  `<style>*{background:url(//${MARK}.invalid/)}</style>`,
  `background:url(//${MARK}.invalid/)`,
  `<math><mtext></table><mglyph><style><img src=x onerror=${FIRE}>`,
  `&lt;img src=x onerror=${FIRE}&gt;`,
  `&#60;img src=x onerror=${FIRE}&#62;`,
  `{{constructor.constructor('${FIRE}')()}}`,
  `\${${FIRE}}`,
  `$t(${MARK}) __${MARK}__`,
  `<details open ontoggle=${FIRE}>${MARK}`,
  `\u202e<img src=x onerror=${FIRE}>\u0000\u2028`,
  `[${MARK}](javascript:${FIRE})`,
];

/** Of them, those that can stand in a header. */
export const HOSTILE_HEADERS = HOSTILE.filter((text) => /^[\x20-\x7e]+$/.test(text));

/** Payloads that Node-RED's object renderer would take for something else. */
export const HOSTILE_JSON: readonly string[] = [
  `{"hasOwnProperty":"${MARK}","a":1}`,
  `{"__enc__":true,"type":"set","data":{"length":1e9},"length":1e9,"m":"${MARK}"}`,
  `{"__enc__":true,"type":7,"data":"${MARK}"}`,
  `{"type":"Buffer","data":{"length":1e9},"m":"${MARK}"}`,
  `{"__proto__":{"m":"${MARK}"},"constructor":{"prototype":"${MARK}"}}`,
  `{"color":"#ff0000","m":"${MARK}"}`,
  `{"m":"${MARK}","deep":${'['.repeat(5000)}"${MARK}"${']'.repeat(5000)}}`,
];
