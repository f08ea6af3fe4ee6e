// The rows of a form, written short: what the form of a node names as
//   <form-row field="baseUrl" icon="globe" placeholder="https://api.example.com"></form-row>
// becomes the label with its icon and text, and the input with the id that Node-RED looks for. A row has
//   field     the field of the node, or the credential
//   icon      of Font Awesome, without its `fa-`
//   input     text (default), number, password, checkbox, select, or custom: the input is what the row contains
//   options   of a select: values, with blanks between; their texts are `option.<field>.<value>`
//   unit      the key of a text behind the input, below `unit`
//   row-*     an attribute of the row itself: row-class, row-data-auth
// Any other attribute is one of the input; `placeholder="i18n"` takes the text `placeholder.<field>`.

const ROW = /<form-row\b([^>]*)>([\s\S]*?)<\/form-row>/g;
const ATTRIBUTE = /([\w-]+)="([^"]*)"/g;
const BOX = 'flex: none; width: auto; margin: 0';
const BOX_LABEL = 'width: 70%; display: inline-flex; align-items: baseline; gap: 6px';
const OWN = new Set(['field', 'icon', 'input', 'options', 'unit']);

/** The html of a form with its rows written out; `type` is that of the node, `prefix` that of its inputs. */
export function expandRows(html, type, prefix) {
  return html.replace(ROW, (_, attributes, content) => {
    const given = Object.fromEntries([...attributes.matchAll(ATTRIBUTE)].map(([, k, v]) => [k, v]));
    return rowOf(given, content.trim(), { type, id: `${prefix}-${given.field}` });
  });
}

function rowOf(given, content, { type, id }) {
  const { field, icon, input = 'text', unit } = given;
  if (field === undefined) throw new Error(`A form-row of ${type} has no field.`);
  const row = attributesOf(given, (name) => name.startsWith('row-'), 'row-');
  const { class: more = '', ...others } = row;
  const text = `<span data-i18n="${type}.label.${field}"></span>`;
  const open = `<div${written({ class: `form-row ${more}`.trim(), ...others })}>`;
  if (input === 'checkbox') {
    const box = `<input${written({ type: 'checkbox', id, style: BOX })} />`;
    // The empty label keeps the place of those of the other rows.
    return `${open}<label></label> <label style="${BOX_LABEL}" for="${id}">${box}${text}</label></div>`;
  }
  const label = `<label for="${id}"><i class="fa fa-${icon}"></i> ${text}</label>`;
  const behind = unit === undefined ? '' : ` <span data-i18n="${type}.unit.${unit}"></span>`;
  const element = input === 'custom' ? content : inputOf(given, { type, id });
  return `${open}${label} ${element}${behind}</div>`;
}

function inputOf(given, { type, id }) {
  const { field, input = 'text', options = '' } = given;
  const own = attributesOf(given, (name) => !OWN.has(name) && !name.startsWith('row-'), '');
  if (own.placeholder === 'i18n') {
    delete own.placeholder;
    own['data-i18n'] = `[placeholder]${type}.placeholder.${field}`;
  }
  if (input !== 'select') return `<input${written({ type: input, id, ...own })} />`;
  const choices = options.split(/\s+/).filter((value) => value !== '');
  const elements = choices.map(
    (value) => `<option value="${value}" data-i18n="${type}.option.${field}.${value}"></option>`,
  );
  return `<select${written({ id, ...own })}>${elements.join('')}</select>`;
}

function attributesOf(given, wanted, prefix) {
  const found = Object.entries(given).filter(([name]) => wanted(name));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

function written(attributes) {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');
}
