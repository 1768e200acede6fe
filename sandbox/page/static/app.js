// Everything is rendered from what the server last sent; each part notices by itself if it has changed.

import { renderPlace, renderSide, opened } from "./channel.js";
import { renderControls, tick } from "./controls.js";
import { h, rerender } from "./dom.js";
import { closeModal, renderModal } from "./modal.js";
import { renderPhones, toTheNewest } from "./phones.js";
import { follow, seen, start, unread } from "./world.js";

// On a narrow screen one part at a time.
const TABS = { slack: "Slack", phones: "Phones", time: "Clock" };

function renderTabs() {
  const current = document.body.dataset.tab;
  const fresh = {
    slack: { count: seen.channels.reduce((sum, channel) => sum + unread(channel), 0), words: "unread messages" },
    phones: { count: Number(document.body.dataset.rang ?? 0), words: "new texts" },
  };
  rerender(document.querySelector("#tabs"), [current, fresh, Boolean(seen.time)], () =>
    Object.entries(TABS).filter(([tab]) => tab !== "time" || seen.time).map(([tab, words]) => h("button", {
      type: "button", "aria-current": tab === current ? "page" : undefined, key: `tab-${tab}`,
      onclick: () => {
        document.body.dataset.tab = tab;
        if (tab === "phones") {
          delete document.body.dataset.rang;
          toTheNewest();
        }
        renderSide(); // a channel counts as read once it's in front
        renderTabs();
      },
    }, words, tab !== current && fresh[tab]?.count > 0
      && h("span", { class: "badge", "aria-label": fresh[tab].words }, String(fresh[tab].count)))));
}

start(() => {
  renderControls();
  renderSide();
  renderPlace();
  renderPhones();
  renderTabs();
  renderModal();
});
setInterval(tick, 1000);
opened(); // the place in the address
// Back, Forward, or a new address.
addEventListener("popstate", () => {
  closeModal();
  if (follow()) opened();
});
