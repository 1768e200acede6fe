// The modal on top: its fields, what is wrong with them, and its two buttons.

import { blocks } from "./blocks.js";
import { h, redraw } from "./dom.js";
import { entered, forget, plain } from "./elements.js";
import { at, say, seen } from "./world.js";

const dialog = document.querySelector("#modal");
let sending = false;

export function drawModal() {
  const view = seen.modal;
  if (!view) {
    if (dialog.open) dialog.close();
    redraw(dialog, null, () => []);
    return;
  }
  const form = { key: view.id, place: { view: view.id }, blocks: view.blocks, errors: view.errors };
  const fresh = redraw(dialog, [view, at.as], () => h("form", {
    class: "view", novalidate: true, autocomplete: "off",
    onsubmit: (event) => { event.preventDefault(); submit(form); },
  },
  h("header", {}, h("h2", { id: "modal-title" }, plain(view.title)),
    h("button", { type: "button", class: "x", "aria-label": "Close", onclick: () => close(form) }, "✕")),
  h("div", { class: "blocks" }, blocks(form, view.blocks)),
  h("footer", {},
    h("button", { type: "button", class: "button", key: "modal-close", onclick: () => close(form) },
      plain(view.close) || (view.depth > 1 ? "Back" : "Cancel")),
    view.submit && h("button", { class: "button primary", key: "modal-submit" }, plain(view.submit)))));
  if (!dialog.open) dialog.showModal();
  if (fresh && Object.keys(view.errors).length) dialog.querySelector("[aria-invalid=true]")?.focus();
}

async function submit(form) {
  if (sending) return;
  sending = true;
  dialog.setAttribute("aria-busy", "true");
  await say("submit", { ...form.place, entered: entered(form, form.blocks) });
  sending = false;
  dialog.removeAttribute("aria-busy");
}

async function close(form) {
  if (await say("close", form.place)) forget(form);
}

// Escape closes the modal in Slack, and the app hears of it; what then lies on top is drawn when it comes.
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (seen.modal) say("close", { view: seen.modal.id });
});
