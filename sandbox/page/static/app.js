// Everything is drawn from what the server last said; each part notices by itself if it has changed.

import { drawPlace, drawSide, opened } from "./channel.js";
import { drawControls, tick } from "./controls.js";
import { h, redraw } from "./dom.js";
import { closeModal, drawModal } from "./modal.js";
import { drawPhones, toTheNewest } from "./phones.js";
import { follow, seen, start, unread } from "./world.js";

// On a narrow screen one part at a time.
const TABS = { slack: "Slack", phones: "Phones", time: "Clock" };

function drawTabs() {
  const current = document.body.dataset.tab;
  const fresh = {
    slack: { count: seen.channels.reduce((sum, channel) => sum + unread(channel), 0), words: "unread messages" },
    phones: { count: Number(document.body.dataset.rang ?? 0), words: "new texts" },
  };
  redraw(document.querySelector("#tabs"), [current, fresh, Boolean(seen.time)], () =>
    Object.entries(TABS).filter(([tab]) => tab !== "time" || seen.time).map(([tab, words]) => h("button", {
      type: "button", "aria-current": tab === current ? "page" : undefined, key: `tab-${tab}`,
      onclick: () => {
        document.body.dataset.tab = tab;
        if (tab === "phones") {
          delete document.body.dataset.rang;
          toTheNewest();
        }
        drawSide(); // the channel is read when it comes to the front
        drawTabs();
      },
    }, words, tab !== current && fresh[tab]?.count > 0
      && h("span", { class: "badge", "aria-label": fresh[tab].words }, String(fresh[tab].count)))));
}

start(() => {
  drawControls();
  drawSide();
  drawPlace();
  drawPhones();
  drawTabs();
  drawModal();
});
setInterval(tick, 1000);
opened(); // what the address says
// Back, Forward, or another address typed in.
addEventListener("popstate", () => {
  closeModal();
  if (follow()) opened();
});
