import { CATEGORIES, type ProviderChoice } from '../../../src/signature/provider';
import { CHOICES } from '../../../src/signature/providers/choices';

export type Translate = (key: string, words?: Record<string, string>) => string;

interface Option {
  readonly id: string;
  readonly text: string;
}

const SELECT = '#node-input-provider';
const SEARCH = '#webhook-in-search';

export function findChoice(id: string): ProviderChoice | undefined {
  return CHOICES.find((choice) => choice.id === id);
}

/** The choice of the sender, with a field that narrows it; `changed` is called for each new choice. */
export function bindProviderSelect(
  chosen: string,
  translate: Translate,
  changed: (id: string) => void,
): void {
  fill('', chosen, translate);
  $(SELECT).on('change', () => {
    const id = chosenProvider();
    // Found: the whole list is there again for whoever looks further.
    $(SEARCH).val('');
    fill('', id, translate);
    changed(id);
  });
  $(SEARCH).on('input', () => fill(searched(), chosenProvider(), translate));
  $(SEARCH).on('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const [first] = matching(searched());
    if (first !== undefined) $(SELECT).val(first.id).trigger('change');
  });
  changed(chosen);
}

export function chosenProvider(): string {
  return String($(SELECT).val() ?? 'none');
}

function searched(): string {
  return String($(SEARCH).val() ?? '')
    .trim()
    .toLowerCase();
}

function matching(search: string): readonly ProviderChoice[] {
  const words = search.split(/\s+/).filter((word) => word !== '');
  return CHOICES.filter(({ id, name, category }) => {
    const text = `${id} ${name} ${category}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What is chosen stays chosen, whether it matches or not. */
function fill(search: string, chosen: string, translate: Translate): void {
  const select = $(SELECT).empty();
  const found = matching(search);
  const own = ['none', 'generic', 'custom'].map((id) => ({
    id,
    text: translate(`webhook-in.option.provider.${id}`),
  }));
  for (const option of own) addOption(select, option);
  for (const category of CATEGORIES) {
    const inside = found.filter((choice) => choice.category === category);
    if (inside.length === 0) continue;
    const label = translate(`webhook-in.category.${category}`);
    const group = $('<optgroup>', { label }).appendTo(select);
    for (const choice of inside) addOption(group, optionOf(choice, translate));
  }
  const hidden = found.some(({ id }) => id === chosen) ? undefined : findChoice(chosen);
  if (hidden !== undefined) addOption(select, optionOf(hidden, translate));
  $('#webhook-in-found').text(foundWords(search, found.length, translate));
  select.val(chosen);
}

function foundWords(search: string, count: number, translate: Translate): string {
  if (search === '') return '';
  return count === 0
    ? translate('webhook-in.hint.noMatch')
    : translate('webhook-in.hint.found', { count: String(count) });
}

/** Marked where a signature says less than one expects. */
function optionOf({ id, name, covers, unsigned }: ProviderChoice, translate: Translate): Option {
  const mark = unsigned === true ? 'unsigned' : covers;
  if (mark === 'body') return { id, text: name };
  return { id, text: translate(`webhook-in.option.mark.${mark}`, { name }) };
}

function addOption(parent: JQuery, { id, text }: Option): void {
  $('<option>', { value: id }).text(text).appendTo(parent);
}
