// The team's phones: texts with their delivery status, a reply, and a switch.

import { clock, dayShort, parts } from "./dates.js";
import { h, own, rerender } from "./dom.js";
import { say, seen, world } from "./world.js";

const CONDITIONS = { on: "On", off: "Off", blocked: "Opted out (STOP)", invalid: "Number not in use" };
const CODES = {
  21211: "number doesn’t exist", 21610: "opted out", 30003: "phone off or no signal",
};
const opened = new Map(); // by number: the phones that somebody opened or closed by hand
const drafts = new Map();
const known = new Set(); // the sids that have been rendered
let first = true;

export function renderPhones() {
  const box = document.querySelector("#phones");
  if (box.children.length !== seen.phones.length + 1) {
    box.replaceChildren(h("h2", {}, "Phones"), ...seen.phones.map(() => h("article", { class: "phone" })));
  }
  seen.phones.forEach((phone, number) => renderPhone(box.children[number + 1], phone));
  first = false;
}

function renderPhone(node, phone) {
  const fresh = phone.messages.filter(({ sid }) => !known.has(sid));
  fresh.forEach(({ sid }) => known.add(sid));
  const arrived = fresh.filter(({ mine }) => !mine).length;
  if (arrived) opened.set(phone.number, true);
  const open = opened.get(phone.number) ?? phone.messages.length > 0;
  const scrolled = node.querySelector(".sms-log")?.scrollTop ?? 0;
  if (!rerender(node, [phone, open, seen.time?.twelve, seen.time?.zone], () => render(phone, open))) return;
  const log = node.querySelector(".sms-log");
  log.scrollTop = fresh.length ? log.scrollHeight : scrolled;
  if (arrived && !first) ring(node, arrived);
}

function ring(node, count) {
  node.scrollIntoView({ block: "nearest" });
  node.classList.remove("rings");
  requestAnimationFrame(() => node.classList.add("rings"));
  if (document.body.dataset.tab !== "phones") {
    document.body.dataset.rang = String(Number(document.body.dataset.rang ?? 0) + count);
  }
}

// A hidden log can't be scrolled: on a narrow screen that happens when its tab is opened.
export function toTheNewest() {
  for (const log of document.querySelectorAll(".sms-log")) log.scrollTop = log.scrollHeight;
}

function render(phone, open) {
  const { number, owner, condition } = phone;
  return h("details", { open, ontoggle: ({ target }) => opened.set(number, target.open) },
    h("summary", { key: `phone-${number}` }, h("strong", {}, owner || "Somebody"), h("span", { class: "number" }, number),
      condition !== "on" && h("span", { class: "condition" }, own(CONDITIONS, condition) ?? condition)),
    h("ol", { class: "sms-log", tabindex: "0", "aria-label": `Texts on ${owner || number}’s phone` },
      phone.messages.length ? phone.messages.map(sms) : h("li", { class: "empty" }, "No texts yet.")),
    h("form", {
      class: "reply",
      onsubmit: (event) => {
        event.preventDefault();
        const box = event.target.elements.text;
        if (!box.value.trim()) return;
        drafts.delete(number);
        say("reply", { number, text: box.value });
        box.value = "";
      },
    },
    h("input", {
      name: "text", key: `reply-${number}`, "aria-label": `Reply from ${owner || number}’s phone`, placeholder: "Reply, e.g. STOP",
      autocomplete: "off", value: drafts.get(number) ?? "", oninput: ({ target }) => drafts.set(number, target.value),
    }),
    h("button", { class: "button", "aria-label": `Send from ${owner || number}’s phone` }, "➤")),
    h("label", { class: "switch" }, "This phone is",
      h("select", {
        key: `switch-${number}`, "aria-label": `${owner || number}’s phone is`,
        onchange: ({ target }) => say("phone", { number, condition: target.value }),
      }, world.conditions.map((word) => h("option", { value: word, selected: word === condition }, own(CONDITIONS, word) ?? word)))));
}

function sms(one) {
  const at = parts(one.at * 1000, seen.time?.zone ?? world.people[0].zone);
  const when = `${dayShort(at)}, ${clock(at, seen.time?.twelve ?? true)}`;
  const lost = !one.mine && !one.arrived;
  const fate = one.mine ? "sent" : `${one.status}${one.code ? `, ${one.code}: ${own(CODES, one.code) ?? "see Twilio’s error list"}` : ""}`;
  return h("li", { class: one.mine ? "mine" : lost ? "lost" : "theirs" },
    h("p", {}, one.body),
    h("small", {}, `${when} · ${lost ? "never arrived: " : ""}${fate}${one.segments > 1 ? ` · ${one.segments} segments` : ""}`),
    ...(one.answered ? [h("small", { class: "answered" }, `Twilio answers: “${one.answered}”`)] : []));
}
