// Everything is drawn from what the server last said; each part notices by itself if it has changed.

import { drawPlace, drawSide, opened } from "./channel.js";
import { drawControls, tick } from "./controls.js";
import { h, redraw } from "./dom.js";
import { drawModal } from "./modal.js";
import { drawPhones, toTheNewest } from "./phones.js";
import { seen, start } from "./world.js";

// On a narrow screen one part at a time.
const TABS = { slack: "Slack", phones: "Phones", time: "Clock" };

function drawTabs() {
  const current = document.body.dataset.tab;
  redraw(document.querySelector("#tabs"), [current, document.body.dataset.rang, Boolean(seen.time)], () =>
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
    }, words, tab === "phones" && document.body.dataset.rang && current !== "phones"
      && h("span", { class: "badge", "aria-label": "new texts" }, document.body.dataset.rang))));
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
