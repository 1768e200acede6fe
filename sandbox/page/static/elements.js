// Everything that can be clicked, chosen or filled in: in messages, in modals and in the Home tab.
//
// A `form` says where elements are: its `key`, the `place` to send with an action, the ids of fields with
// `errors`. Values typed or picked are kept here until they're sent, so they survive re-rendering.

import { instant, local } from "./dates.js";
import { h, own } from "./dom.js";
import { emoji, mrkdwn, unescape } from "./mrkdwn.js";
import { ask, me, say, seen, world } from "./world.js";

const values = new Map();
const keyOf = (form, block, element) => `${form.key}|${block.block_id}|${element.action_id}`;

export const words = (text) => (!text ? "" : text.type === "mrkdwn" ? mrkdwn(text.text, text.verbatim) : plain(text));
export const plain = (text) => (!text ? "" : unescape(text.emoji === false ? text.text : emoji(text.text)));

export function element(form, block, one) {
  const render = own(ELEMENTS, one.type);
  return render ? render(form, block, one) : unknown(one);
}

export const unknown = (one, what = "can’t be shown here") =>
  h("div", { class: "unknown", role: "note" }, h("strong", {}, one.type), ` ${what}`,
    h("code", {}, one.text?.text ?? one.text ?? JSON.stringify(one)));

// The values of the form's fields that somebody changed.
export function entered(form, blocks) {
  const found = {};
  for (const block of blocks) {
    for (const one of [block.accessory, block.element, ...(block.elements ?? [])]) {
      const key = one?.action_id && keyOf(form, block, one);
      if (key && values.has(key)) (found[block.block_id] ??= {})[one.action_id] = values.get(key);
    }
  }
  return found;
}

export const forget = (form) => {
  for (const key of values.keys()) if (key.startsWith(`${form.key}|`)) values.delete(key);
};

function held(form, block, one, initial) {
  const key = keyOf(form, block, one);
  return values.has(key) ? values.get(key) : initial; // null means that the field was cleared
}

// Remember a value. Elements outside of inputs, and inputs that dispatch actions, send it to the app at once.
async function put(form, block, one, value, tell = block.type !== "input" || block.dispatch_action) {
  const key = keyOf(form, block, one);
  if (tell && one.confirm && !(await sure(one.confirm))) {
    const box = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    (box?.closest(".select") ?? box)?.replaceWith(element(form, block, one));
    return;
  }
  values.set(key, value);
  if (form.errors?.[block.block_id]) rightAgain(form, block);
  if (tell) told = told.then(() => tellApp(form, block, one, value));
}

// As in Slack, a field's error goes away once somebody changes the field.
function rightAgain(form, block) {
  delete form.errors[block.block_id];
  const error = document.querySelector(`#${CSS.escape(`error-${block.block_id}`)}`);
  error?.parentElement.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
  error?.remove();
}

async function act(form, block, one, choice) {
  if (!one.confirm || (await sure(one.confirm))) await tellApp(form, block, one, choice);
}

const tellApp = (form, block, one, choice) => say("use", {
  ...form.place, block: block.block_id, action: one.action_id, choice, entered: entered(form, form.blocks),
});

// The app gets each keystroke's action in order, and all of them before the form is sent.
let told = Promise.resolve();
export const allTold = () => told;

function sure(confirm) {
  const dialog = document.querySelector("#confirm");
  return new Promise((decide) => {
    const button = (answer, style) =>
      h("button", { type: "button", class: `button ${style}`, onclick: () => dialog.close(answer) },
        plain(confirm[answer]));
    dialog.returnValue = "";
    dialog.replaceChildren(
      h("h2", { id: "confirm-title" }, plain(confirm.title)), h("div", { class: "text" }, words(confirm.text)),
      h("footer", {}, button("deny", ""), button("confirm", confirm.style ?? "primary")));
    dialog.onclose = () => decide(dialog.returnValue === "confirm");
    dialog.showModal();
  });
}

// --- each kind -------------------------------------------------------------------------------

// What all controls have: an accessible name, their error, and a key by which the focus returns to them.
function common(form, block, one) {
  const wrong = form.errors?.[block.block_id];
  const named = block.type === "input" ? { id: `in-${block.block_id}` } : { "aria-label": labelOf(one) };
  return {
    ...named,
    key: keyOf(form, block, one),
    "aria-invalid": wrong ? "true" : undefined,
    "aria-describedby": [wrong && `error-${block.block_id}`, block.hint && `hint-${block.block_id}`]
      .filter(Boolean).join(" ") || undefined,
    autofocus: one.focus_on_load,
  };
}

const labelOf = (one) => plain(one.placeholder) || one.type.replaceAll("_", " ");

const button = (form, block, one) => {
  const label = plain(one.text);
  const attributes = {
    class: `button ${one.style ?? ""}`, "aria-label": one.accessibility_label, key: keyOf(form, block, one),
  };
  const click = () => act(form, block, one);
  return one.url
    ? h("a", { ...attributes, href: one.url, target: "_blank", rel: "noreferrer", onclick: click }, label)
    : h("button", { ...attributes, type: "button", onclick: click }, label);
};

const overflow = (form, block, one) => {
  const menu = h("details", { class: "overflow" },
    h("summary", { class: "button", "aria-label": "More actions", key: keyOf(form, block, one) }, "⋯"),
    h("div", { role: "menu" }, one.options.map((option) =>
      h("button", {
        type: "button", role: "menuitem",
        onclick: () => { menu.open = false; act(form, block, one, option); },
      }, plain(option.text)))));
  return menu;
};

const same = (value, other) => JSON.stringify(value) === JSON.stringify(other);

function select(form, block, one, groups, initial) {
  const all = groups.flatMap(({ options }) => options);
  const chosen = held(form, block, one, initial);
  const option = ({ value, label }) => h("option", { value: all.findIndex((other) => other.value === value), selected: same(value, chosen) }, label);
  const box = h("select", {
    ...common(form, block, one),
    onchange: ({ target }) => put(form, block, one, target.value === "" ? null : all[target.value].value),
  },
  h("option", { value: "", selected: !chosen }, plain(one.placeholder) || "Choose…"),
  groups.map((group) => (group.label
    ? h("optgroup", { label: group.label }, group.options.map(option))
    : group.options.map(option))));
  return h("span", { class: "select" }, box, inWhole(box));
}

// A browser cuts off long text in a select, so the full text is shown below it.
const pen = document.createElement("canvas").getContext("2d");
const ARROW = 24; // pixels

function inWhole(box) {
  const whole = h("small", { class: "whole", "aria-hidden": "true", hidden: true });
  const look = () => {
    const style = getComputedStyle(box);
    const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - ARROW;
    pen.font = style.font;
    whole.textContent = box.selectedOptions[0]?.text ?? "";
    whole.hidden = pen.measureText(whole.textContent).width <= room;
  };
  box.addEventListener("change", look);
  new ResizeObserver(look).observe(box);
  return whole;
}

function several(form, block, one, groups, initial, kind = "checkbox") {
  const chosen = held(form, block, one, initial) ?? (kind === "radio" ? null : []);
  const has = (value) => (kind === "radio" ? same(chosen, value) : chosen.some((other) => same(other, value)));
  const box = h("div", { class: "choices", tabindex: "-1", role: kind === "radio" ? "radiogroup" : "group", ...common(form, block, one) });
  const change = (value, on) => {
    const before = held(form, block, one, initial) ?? [];
    const after = kind === "radio" ? value : [...before.filter((other) => !same(other, value)), ...(on ? [value] : [])];
    put(form, block, one, after);
  };
  if (block.type === "input") box.setAttribute("aria-labelledby", `label-${block.block_id}`);
  if (block.type !== "input" && one.placeholder) box.append(h("small", {}, plain(one.placeholder)));
  box.append(...groups.flatMap((group) => [
    group.label && h("strong", {}, group.label),
    ...group.options.map(({ value, label, more }, at) => h("label", { class: "choice" },
      h("input", {
        type: kind, checked: has(value), name: keyOf(form, block, one),
        key: `${keyOf(form, block, one)}|${group.label ?? ""}${at}`,
        onchange: ({ target }) => change(value, target.checked),
      }),
      h("span", {}, label, more && h("small", {}, more)))),
  ]).filter(Boolean));
  return box;
}

// A search field with options that the app suggests while somebody types. The choice stays until they pick another
// option or clear the field.
const PAUSE = 150; // milliseconds after the last character
const USUAL_QUERY = 3; // characters, where the app doesn't say how many

function search(form, block, one) {
  const id = `found-${block.block_id}-${one.action_id}`;
  const list = h("ul", { id, class: "found", role: "listbox", "aria-label": "Suggestions", hidden: true });
  const shown = () => plain(held(form, block, one, one.initial_option)?.text);
  let [found, at, later] = [[], 0, 0];
  const show = (options, nothing = "") => {
    [found, at] = [options, 0];
    list.hidden = !options.length && !nothing;
    box.setAttribute("aria-expanded", String(!list.hidden));
    list.replaceChildren(...options.map((option, number) => h("li", {
      role: "option", id: `${id}-${number}`,
      onmousedown: (event) => { event.preventDefault(); pick(option); }, // before the field loses focus
    }, plain(option.text))), ...(nothing ? [h("li", { class: "nothing" }, nothing)] : []));
    point();
  };
  const point = () => {
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    if (found.length) box.setAttribute("aria-activedescendant", `${id}-${at}`);
    else box.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const hide = () => { clearTimeout(later); show([]); };
  const pick = (option) => { hide(); put(form, block, one, option); box.value = shown(); };
  const look = async (text) => {
    const place = { ...form.place, block: block.block_id, action: one.action_id };
    const answer = await ask("search", { ...place, text });
    if (answer && box.value.trim() === text) show(answer.options, answer.options.length ? "" : "No results");
  };
  const box = h("input", {
    ...common(form, block, one), type: "text", role: "combobox", autocomplete: "off", "aria-controls": id,
    "aria-expanded": "false", "aria-autocomplete": "list", placeholder: plain(one.placeholder) || "Search…", value: shown(),
    onfocus: () => box.select(),
    onblur: () => { hide(); box.value = shown(); },
    oninput: () => {
      const text = box.value.trim();
      hide();
      if (!text) put(form, block, one, null);
      if (text.length >= (one.min_query_length ?? USUAL_QUERY)) later = setTimeout(look, PAUSE, text);
    },
    onkeydown: (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Enter" || (list.hidden ? false : step || event.key === "Escape")) event.preventDefault();
      if (list.hidden) return;
      if (step && found.length) { at = (at + step + found.length) % found.length; point(); }
      if (event.key === "Enter" && found[at]) pick(found[at]);
      if (event.key === "Escape") { hide(); box.value = shown(); }
    },
  });
  return h("span", { class: "search" }, box, list);
}

const options = (one) => (one.option_groups ?? [one]).map((group) => ({
  label: group.label && plain(group.label),
  options: group.options.map((option) => ({
    value: option, label: words(option.text), more: option.description && words(option.description),
  })),
}));
const users = () => [{ options: world.people.map(({ id, name }) => ({ value: id, label: name })) }];
const conversations = (kinds = ["public", "private"]) => [{
  options: seen.channels.filter(({ kind, archived }) => kinds.includes(kind) && !archived)
    .map(({ id, kind, name }) => ({ value: id, label: kind === "im" ? "WhoseOnFirst" : `#${name}` })),
}];
const channels = () => conversations(["public"]);

function picker(type, initial, from = (value) => value, to = (value) => value) {
  return (form, block, one) => h("input", {
    ...common(form, block, one), type, value: from(held(form, block, one, one[initial])) ?? "",
    // Each digit of a year makes a date, so the app hears of it only when the field is left.
    oninput: ({ target }) => put(form, block, one, to(target.value) || null, false),
    onchange: ({ target }) => put(form, block, one, to(target.value) || null),
  });
}

function typing(type) {
  return (form, block, one) => {
    const tell = one.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
    const at_once = Boolean(block.dispatch_action);
    return h(one.multiline || type === "rich" ? "textarea" : "input", {
      ...common(form, block, one),
      type: one.multiline || type === "rich" ? undefined : type,
      placeholder: plain(one.placeholder) || undefined,
      maxLength: one.max_length, min: one.min_value, max: one.max_value,
      step: one.is_decimal_allowed ? "any" : undefined,
      value: (type === "rich" ? richText : String)(held(form, block, one, one.initial_value) ?? ""),
      oninput: ({ target }) => put(form, block, one, typed(type, target.value),
        at_once && tell.includes("on_character_entered")),
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.target.tagName === "TEXTAREA") return;
        if (at_once && tell.includes("on_enter_pressed")) {
          event.preventDefault();
          put(form, block, one, typed(type, event.target.value));
        }
      },
    });
  };
}

const typed = (type, text) => (type !== "rich" ? text || null : text && {
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});
const richText = (value) =>
  (value.elements ?? []).flatMap(({ elements }) => elements.map(({ text }) => text ?? "")).join("");

const ELEMENTS = {
  button,
  overflow,
  external_select: search,
  static_select: (f, b, one) => select(f, b, one, options(one), one.initial_option),
  users_select: (f, b, one) => select(f, b, one, users(), one.initial_user),
  channels_select: (f, b, one) => select(f, b, one, channels(), one.initial_channel),
  conversations_select: (f, b, one) => select(f, b, one, conversations(one.filter?.include), one.initial_conversation),
  multi_static_select: (f, b, one) => several(f, b, one, options(one), one.initial_options),
  multi_users_select: (f, b, one) => several(f, b, one, users(), one.initial_users),
  multi_channels_select: (f, b, one) => several(f, b, one, channels(), one.initial_channels),
  multi_conversations_select: (f, b, one) => several(f, b, one, conversations(one.filter?.include), one.initial_conversations),
  checkboxes: (f, b, one) => several(f, b, one, options(one), one.initial_options),
  radio_buttons: (f, b, one) => several(f, b, one, options(one), one.initial_option, "radio"),
  datepicker: picker("date", "initial_date"),
  timepicker: picker("time", "initial_time"),
  datetimepicker: picker("datetime-local", "initial_date_time",
    (epoch) => epoch && local(epoch * 1000, me().zone), (text) => text && instant(text, me().zone) / 1000),
  plain_text_input: typing("text"),
  email_text_input: typing("email"),
  url_text_input: typing("url"),
  number_input: typing("number"),
  rich_text_input: typing("rich"),
};
export const DRAWN_ELEMENTS = Object.keys(ELEMENTS);
