type Child = Node | string | null | undefined | false;

/** Values of attributes are ours, never from outside: what comes from there is only ever text. */
interface Properties {
  readonly class?: string;
  readonly text?: string;
  readonly role?: string;
  readonly title?: string;
  readonly label?: string;
  readonly type?: string;
  readonly id?: string;
  readonly tabindex?: number;
  readonly hidden?: boolean;
  readonly aria?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly onclick?: (event: MouseEvent) => void;
}

/** An element with text and children. No markup is ever read from a string. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { text, label, tabindex, hidden, aria = {}, data = {}, onclick, ...plain } = properties;
  for (const [name, value] of Object.entries(plain)) element.setAttribute(name, value);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  Object.assign(element.dataset, data);
  if (label !== undefined) element.setAttribute('aria-label', label);
  if (tabindex !== undefined) element.tabIndex = tabindex;
  if (hidden !== undefined) element.hidden = hidden;
  if (onclick !== undefined) element.addEventListener('click', onclick as EventListener);
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter((child): child is Node | string => isShown(child)));
  return element;
}

function isShown(child: Child): boolean {
  return child !== null && child !== undefined && child !== false && child !== '';
}

/** A button that looks as those of Node-RED. */
export function button(
  text: string,
  onclick: () => void,
  { icon, title, primary = false }: { icon?: string; title?: string; primary?: boolean } = {},
): HTMLButtonElement {
  const look = `aw-button${primary ? ' aw-primary' : ''}`;
  return el(
    'button',
    { class: look, type: 'button', ...(title === undefined ? {} : { title }), onclick },
    icon !== undefined && el('i', { class: `fa ${icon}`, aria: { hidden: 'true' } }),
    text !== '' && el('span', { text }),
  );
}

/** A button of which only the picture is seen. */
export function iconButton(icon: string, title: string, onclick: () => void): HTMLButtonElement {
  const made = button('', onclick, { icon, title });
  made.setAttribute('aria-label', title);
  made.classList.add('aw-icon');
  return made;
}

/** A word in the colour of what it says. */
export function badge(kind: string, word: string): HTMLSpanElement {
  return el('span', { class: `aw-badge aw-is-${kind}`, text: word });
}

/** What stands where there is nothing else: a title, and what to do. */
export function notice(
  kind: 'empty' | 'loading' | 'error',
  title: string,
  ...more: readonly Child[]
): HTMLElement {
  const icon = { empty: 'fa-inbox', loading: 'fa-circle-o-notch fa-spin', error: 'fa-warning' }[
    kind
  ];
  return el(
    'div',
    { class: `aw-notice aw-notice-${kind}`, role: kind === 'error' ? 'alert' : 'status' },
    el('i', { class: `fa ${icon}`, aria: { hidden: 'true' } }),
    el('p', { class: 'aw-notice-title', text: title }),
    ...more,
  );
}
