// The modal on top: its fields, what is wrong with them, and its two buttons.

import { blocks } from "./blocks.js";
import { h, noticesBack, rerender } from "./dom.js";
import { allTold, entered, forget, plain } from "./elements.js";
import { at, say, seen, spare } from "./world.js";

const dialog = document.querySelector("#modal");
const sheet = dialog.querySelector("#sheet");
let under_way = false; // only one request goes to the app at a time, so a double click counts once
let rendered = "";

export function renderModal() {
  const view = seen.modal;
  if (!view) {
    if (dialog.open) {
      dialog.close();
      noticesBack();
    }
    if (rerender(sheet, null, () => [])) done();
    rendered = "";
    return;
  }
  const form = { key: view.id, place: { view: view.id }, blocks: view.blocks, errors: view.errors };
  const same = rendered === view.id;
  const scrolled = same ? sheet.querySelector(".blocks").scrollTop : 0;
  rendered = view.id;
  const fresh = rerender(sheet, [view, at.as], () => h("form", {
    class: "view", novalidate: true, autocomplete: "off",
    onsubmit: (event) => { event.preventDefault(); if (view.submit) submit(form); },
  },
  h("header", {}, h("h2", { id: "modal-title" }, plain(view.title)),
    h("button", { type: "button", class: "x", "aria-label": "Close", onclick: () => close(form) }, "✕")),
  h("div", { class: "blocks", tabindex: "-1" }, blocks(form, view.blocks)),
  h("footer", {},
    h("button", { type: "button", class: "button", key: "modal-close", onclick: () => close(form) },
      plain(view.close) || (view.depth > 1 ? "Back" : "Cancel")),
    view.submit && h("button", { class: "button primary", key: "modal-submit" }, plain(view.submit)))));
  if (!same) spare();
  if (!dialog.open) dialog.showModal();
  if (fresh) {
    done(); // the result has been rendered
    sheet.querySelector(".blocks").scrollTop = scrolled;
  }
  if (!fresh) return;
  if (Object.keys(view.errors).length) sheet.querySelector("[aria-invalid=true]")?.focus();
  else if (!same || !sheet.contains(document.activeElement)) begin();
}

// As in Slack, the focus is in the app's chosen field, or else in the first one. Without fields the text has the
// focus, so that no key presses a button by accident.
function begin() {
  const fields = ":is(input, select, textarea)";
  const first = ["[autofocus]", `.block.input ${fields}`, `.blocks ${fields}`, ".blocks"]
    .map((place) => sheet.querySelector(place)).find(Boolean);
  const chosen = first.type === "radio" && sheet.querySelector(`[name="${CSS.escape(first.name)}"]:checked`);
  (chosen || first).focus({ preventScroll: true });
}

async function once(work) {
  if (under_way) return;
  under_way = true;
  dialog.setAttribute("aria-busy", "true");
  await work();
  setTimeout(done, 300); // there may be no change to wait for, such as the same error again
}

function done() {
  under_way = false;
  dialog.removeAttribute("aria-busy");
}

const submit = (form) => once(async () => {
  await allTold();
  await say("submit", { ...form.place, entered: entered(form, form.blocks) });
});
const close = (form) => once(async () => { if (await say("close", form.place)) forget(form); });

// Escape closes the modal in Slack, which notifies the app; the one below is rendered with the next news.
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeModal();
});

// For Escape and the browser's Back: close the modal on top, if there is one.
export function closeModal() {
  if (seen.modal) close({ key: seen.modal.id, place: { view: seen.modal.id } });
}
