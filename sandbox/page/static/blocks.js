// Block Kit, rendered the way Slack does it. Unknown blocks show as a labeled box.

import { h, own } from "./dom.js";
import { element, plain, unknown, words } from "./elements.js";
import { channel, date, emoji, link, mention } from "./mrkdwn.js";

export function blocks(form, all) {
  return all.map((block) => {
    try {
      const render = own(BLOCKS, block.type);
      return render ? h("div", { class: `block ${block.type}` }, render(form, block)) : unknown(block);
    } catch (error) {
      return unknown(block, `can’t be shown: ${error.message}`); // the rest of the page still works
    }
  });
}

const section = (form, block) => [
  h("div", { class: "said" },
    block.text && h("div", { class: "text" }, words(block.text)),
    block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "text" }, words(field))))),
  block.accessory && h("div", { class: "accessory" },
    block.accessory.type === "image" ? image(block.accessory) : element(form, block, block.accessory)),
];

function image(one) {
  const source = one.slack_file?.id ? `/files/${one.slack_file.id}` : one.image_url ?? one.slack_file?.url;
  // Only images that this machine serves are fetched.
  return URL.canParse(source, location.href) && new URL(source, location.href).origin === location.origin
    ? h("img", { src: source, alt: one.alt_text })
    : h("span", { class: "unknown", role: "img", "aria-label": one.alt_text },
      h("strong", {}, "image"), ` ${one.alt_text}`, h("code", {}, source));
}

const LEVELS = { default: "Note", info: "Info", warning: "Warning", error: "Error", success: "Success" };
const SIGNS = { default: "•", info: "ℹ", warning: "▲", error: "✕", success: "✓" };
const alert = (_form, block) => {
  const level = block.level ?? "default";
  return h("div", { class: `alert-${level}`, role: "note", "aria-label": LEVELS[level] },
    h("span", { "aria-hidden": "true" }, SIGNS[level]), h("div", { class: "text" }, words(block.text)));
};

function input(form, block) {
  const [error, control] = [form.errors?.[block.block_id], element(form, block, block.element)];
  return [
    h("label", { id: `label-${block.block_id}`, for: `in-${block.block_id}` },
      plain(block.label), block.optional && h("small", {}, " (optional)")),
    control,
    error && h("p", { class: "error", id: `error-${block.block_id}` }, error),
    block.hint && h("small", { class: "hint", id: `hint-${block.block_id}` }, plain(block.hint)),
  ];
}

function table(_form, block) {
  const settings = block.column_settings ?? [];
  const [head, ...body] = block.rows.map((row, number) => h("tr", {}, row.map((cell, at) => {
    const content = cell.type === "rich_text" ? richText(cell) : emoji(String(cell.text ?? cell.value ?? ""));
    const heads = number === 0 && (typeof content !== "string" || content.trim()); // an empty cell isn't a heading
    return h(heads ? "th" : "td", {
      scope: heads ? "col" : undefined,
      class: `${settings[at]?.align ?? "left"}${settings[at]?.is_wrapped ? " wrapped" : ""}`,
    }, content);
  })));
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table" },
    h("table", {}, h("thead", {}, head), h("tbody", {}, body)));
}

// --- rich text -------------------------------------------------------------------------------

const richText = (block) => block.elements.map((part) => own(RICH, part.type)?.(part) ?? unknown(part));
const inline = (part) => part.elements.map((piece) => styled(own(INLINE, piece.type)?.(piece) ?? unknown(piece), piece.style));
const styled = (node, style = {}) =>
  [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"], ["underline", "u"]]
    .reduce((inner, [look, tag]) => (style[look] ? h(tag, {}, inner) : inner), node);
const list = (part) => h(part.style === "ordered" ? "ol" : "ul", {
  start: part.style === "ordered" ? (part.offset ?? 0) + 1 : undefined, class: `indent-${part.indent ?? 0}`,
}, part.elements.map((item) => h("li", {}, inline(item))));
const RICH = {
  rich_text_section: (part) => h("p", {}, inline(part)),
  rich_text_preformatted: (part) => h("pre", {}, inline(part)),
  rich_text_quote: (part) => h("blockquote", {}, inline(part)),
  rich_text_list: list,
};
const INLINE = {
  text: ({ text }) => text,
  link: ({ url, text }) => link(url, text || url),
  user: ({ user_id }) => mention(user_id),
  usergroup: ({ usergroup_id }) => mention(usergroup_id),
  team: ({ team_id }) => `@${team_id}`,
  channel: ({ channel_id }) => channel(channel_id),
  emoji: ({ name }) => emoji(`:${name}:`),
  broadcast: ({ range }) => h("span", { class: "mention" }, `@${range}`),
  color: ({ value }) => value,
  date: ({ timestamp, format, fallback }) => date(String(timestamp), format, fallback ?? ""),
};

const BLOCKS = {
  section,
  header: (_form, block) => h("h3", {}, plain(block.text)),
  divider: () => h("hr"),
  context: (_form, block) => block.elements.map((one) => (one.type === "image" ? image(one) : h("span", {}, words(one)))),
  actions: (form, block) => block.elements.map((one) => element(form, block, one)),
  input,
  image: (_form, block) => h("figure", {}, block.title && h("figcaption", {}, plain(block.title)), image(block)),
  alert,
  table,
  rich_text: (_form, block) => richText(block),
};
export const DRAWN_BLOCKS = Object.keys(BLOCKS);
