// The middle of the page: messages, the Home tab, and the box in which one types.

import { blocks } from "./blocks.js";
import { dayOf, parts, time } from "./dates.js";
import { h, redraw, redrawList } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { at, go, markRead, me, name, news, now, people, say, seen, unread, visit, world } from "./world.js";

const find = (id) => document.querySelector(id);
export const HOME = "home";

// The channel that is looked at; the team's, unless one chose another.
export const here = () => seen.channels.find(({ id }) => id === at.in) ?? seen.channels.find(({ kind }) => kind !== "im");

const label = (channel) => (channel.kind === "im" ? "WhoseOnFirst" : channel.name);

export function drawSide() {
  const looked_at = document.visibilityState === "visible" && find("#messages").checkVisibility();
  if (looked_at && here()) markRead(here());
  const rows = seen.channels.map((channel) => ({ id: channel.id, label: label(channel), im: channel.kind === "im", unread: unread(channel) }));
  redraw(find("#side"), [rows, at, Boolean(seen.time)], () => [
    h("label", { class: "who" }, h("span", {}, "You are"),
      h("select", { key: "who", onchange: ({ target }) => go({ as: target.value }) },
        world.people.map((one) => h("option", { value: one.id, selected: one.id === at.as },
          `${one.name}${one.admin ? ", admin" : ""}${one.zone === world.people[0].zone ? "" : ` (${one.zone})`}`)))),
    h("ul", {},
      rows.map((row) => item(row.id, [h("span", { "aria-hidden": "true" }, row.im ? "✉ " : "# "), row.label], row.unread)),
      world.home && item(HOME, [h("span", { "aria-hidden": "true" }, "⌂ "), "WhoseOnFirst Home"], 0)),
    seen.time && h("section", { class: "hints", "aria-label": "Things to try" }, h("h2", {}, "Things to try"),
      h("ul", {}, hints(seen).map((hint) => h("li", {}, mrkdwn(hint))))),
  ]);
}

const EMPTY = [
  "Set up a team, as Alice: WhoseOnFirst Home",
  "Or type it: `/oncall setup`",
  "The numbers to give are those of the phones.",
];
// Without a team there is nothing to ask for yet.
const hints = (seen) => (seen.time.morning ? HINTS : EMPTY);
const HINTS = [
  "Ask: `/oncall`",
  "Let time pass until the next 08:00 and watch the phones.",
  "Put Greg in: `/oncall override @greg tomorrow`, and confirm it.",
  "Fill in a form: `/oncall take`",
  "Look at your shifts: WhoseOnFirst Home",
  "Or write to WhoseOnFirst, in plain words: `mine`",
  "Switch a phone off, and let its owner’s morning come.",
  "Crash the bot in mid-send. Nobody gets the SMS twice.",
];

function item(id, content, count) {
  const current = id === (at.in === HOME ? HOME : here()?.id);
  return h("li", {}, h("button", {
    type: "button", class: count ? "unread" : "", "aria-current": current ? "page" : undefined, key: `go-${id}`,
    onclick: () => {
      go({ in: id });
      if (id === HOME) say("home");
      else if (here()?.kind === "im") say("messages");
    },
  }, content, count > 0 && h("span", { class: "badge", "aria-label": `${count} unread` }, String(count))));
}

export function drawPlace() {
  const atHome = at.in === HOME;
  const channel = here();
  find("#messages").hidden = atHome;
  find("#composer").hidden = atHome || (channel?.kind === "im" && !world.messages);
  find("#home").hidden = !atHome;
  redraw(find("#title"), [atHome, channel?.id, channel?.archived], () =>
    h("h2", {}, atHome ? "WhoseOnFirst: Home" : `${channel?.kind === "im" ? "" : "#"}${channel ? label(channel) : ""}`,
      channel?.archived && !atHome && h("small", {}, " archived")));
  if (atHome) return drawHome();
  if (channel) {
    drawComposer();
    drawMessages(channel);
  }
}

function drawHome() {
  const form = seen.home && { key: seen.home.id, place: { view: seen.home.id }, blocks: seen.home.blocks };
  redraw(find("#home"), [seen.home, at.as], () => (form
    ? blocks(form, seen.home.blocks)
    : h("p", { class: "empty" }, "The app has published no Home tab for you.")));
}

// --- messages --------------------------------------------------------------------------------

// Who reads the newest message goes on reading the newest, whatever comes, and however the box shrinks.
const box = find("#messages");
let low = true;
box.addEventListener("scroll", () => { low = box.scrollHeight - box.scrollTop - box.clientHeight < 80; });
const down = () => { if (low) box.scrollTop = box.scrollHeight; };
new ResizeObserver(down).observe(box);

function drawMessages(channel) {
  const zone = me().zone;
  const today = parts(now(), zone).number;
  const items = channel.cut ? [{ key: "cut", shows: { note: "Older messages are not shown here." } }] : [];
  const replies = (post) => channel.posts.filter((other) => isReply(other) && other.thread_ts === post.ts);
  const stands = new Set(channel.posts.map(({ ts }) => ts));
  let day = "";
  for (const post of channel.posts) {
    if (isReply(post) && stands.has(post.thread_ts)) continue;
    const ms = Number(post.ts) * 1000;
    const heading = dayOf(ms, zone, now());
    if (heading !== day) items.push({ key: `day-${parts(ms, zone).number}`, shows: { day: heading } });
    day = heading;
    items.push({ key: post.ts, shows: { post, replies: replies(post), channel: channel.id, as: at.as, today, names: seen.names } });
  }
  if (!channel.posts.length) items.push({ key: "empty", shows: { note: nothing(channel) } });
  const shows = `${at.as}${channel.id}`;
  if (box.dataset.shows !== shows) low = true;
  box.dataset.shows = shows;
  if (redrawList(box, items, draw)) down();
}

function nothing(channel) {
  if (channel.kind !== "im") return "Nothing here yet. Type /oncall below to ask who is on call.";
  return world.messages ? "Nothing here yet. Type below, with or without /oncall: mine" : "Sending messages to this app has been turned off.";
}

const isReply = (post) => Boolean(post.thread_ts) && post.thread_ts !== post.ts;

function draw(shows) {
  if (shows.note) return h("p", { class: "empty" }, shows.note);
  if (shows.day) return h("div", { class: "day", role: "separator", "aria-label": shows.day }, h("span", {}, shows.day));
  return message(shows.post, shows.channel, shows.replies);
}

function message(post, channel, replies = []) {
  const form = { key: `${at.as} ${post.ts}`, place: { channel, ts: post.ts }, blocks: post.blocks ?? [] };
  const fromApp = Boolean(post.bot_id);
  const who = fromApp ? "WhoseOnFirst" : name(post.user);
  const sent = parts(Number(post.ts) * 1000, me().zone);
  return h("article", { class: `message${post.only_you ? " only-you" : ""}`, "aria-label": `${who} at ${time(sent)}` },
    avatar(post.user, fromApp),
    h("div", { class: "body" },
      post.only_you && h("p", { class: "only" }, h("span", { "aria-hidden": "true" }, "👁 "), "Only visible to you"),
      h("p", { class: "from" }, h("strong", {}, who), fromApp && h("span", { class: "app" }, "APP"), h("time", {}, time(sent))),
      post.blocks?.length ? blocks(form, post.blocks) : h("div", { class: "text" }, mrkdwn(post.text)),
      post.edited && h("small", { class: "edited" }, "(edited)"),
      (post.files ?? []).map(({ id }) => h("img", { src: `/files/${id}`, alt: "An uploaded file" })),
      post.reactions && h("p", { class: "reactions" }, post.reactions.map((one) =>
        h("span", { title: one.users.map(name).join(", ") }, mrkdwn(`:${one.name}:`), ` ${one.count}`))),
      replies.length > 0 && h("details", { class: "thread", open: true },
        h("summary", {}, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`),
        replies.map((reply) => message(reply, channel)))));
}

const avatar = (user, fromApp) => (fromApp
  ? h("img", { class: "avatar", src: "/static/icon.svg", alt: "" })
  : h("span", { class: `avatar tint-${[...people.keys()].indexOf(user) % 7}`, "aria-hidden": "true" }, name(user)[0]));

// --- the message box -------------------------------------------------------------------------

const drafts = new Map(); // by person
const typedBefore = [];
let picked = 0;

function drawComposer() {
  redraw(find("#composer"), at.as, () => [
    h("ul", { id: "suggestions", role: "listbox", "aria-label": "Suggestions", hidden: true }),
    h("input", {
      id: "text", key: "text", type: "text", "aria-label": "Message", placeholder: "Type a message, or / for commands",
      role: "combobox", "aria-controls": "suggestions", "aria-expanded": "false", "aria-autocomplete": "list",
      value: drafts.get(at.as) ?? "", oninput: suggest, onkeydown: keys, onblur: () => setTimeout(hide, 150),
    }),
    h("button", { class: "button primary", "aria-label": "Send", key: "send" }, "➤"),
  ]);
}

find("#composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

async function send() {
  const box = find("#text");
  const text = box.value.trim();
  const begun = visit;
  if (!text) return;
  hide();
  box.value = "";
  drafts.set(at.as, text); // until it is sent: somebody who goes away and comes back finds it
  typedBefore.push(text);
  while (!here() && visit === begun) await news(); // a person just switched to has no channels yet
  if (visit !== begun) return;
  drafts.set(at.as, box.value); // what was typed since
  if (!(await say("type", { channel: here().id, text })) && !box.value) box.value = text;
}

// Commands at the start, people anywhere after an @.
function suggestions() {
  const text = find("#text").value;
  if (/^\/\S*$/.test(text)) {
    return world.commands.filter(({ name: command }) => command.startsWith(text.toLowerCase())).map((one) => ({
      whole: `${one.name} `, title: one.name, more: ` ${one.hint} `, last: one.description,
    }));
  }
  const handle = text.match(/(^|\s)@([\w.-]*)$/)?.[2].toLowerCase();
  if (handle === undefined) return [];
  return world.people.filter((one) => one.handle.startsWith(handle)).map((one) => ({
    whole: `${text.slice(0, text.length - handle.length)}${one.handle} `, title: `@${one.handle}`, more: ` ${one.name}`,
  }));
}

function suggest() {
  drafts.set(at.as, find("#text").value);
  picked = 0;
  showSuggestions();
}

function showSuggestions() {
  const found = suggestions();
  find("#suggestions").hidden = !found.length;
  find("#text").setAttribute("aria-expanded", String(Boolean(found.length)));
  if (found.length) find("#text").setAttribute("aria-activedescendant", `suggestion-${picked}`);
  else find("#text").removeAttribute("aria-activedescendant");
  find("#suggestions").replaceChildren(...found.map((one, number) => h("li", {
    role: "option", id: `suggestion-${number}`, "aria-selected": String(number === picked),
    onmousedown: (event) => { event.preventDefault(); take(one); },
  }, h("strong", {}, one.title), h("span", {}, one.more), one.last && h("small", {}, one.last))));
}

function take(one) {
  find("#text").value = one.whole;
  find("#text").focus();
  suggest();
}

function hide() {
  find("#suggestions").hidden = true;
  find("#text")?.setAttribute("aria-expanded", "false");
}

function keys(event) {
  const found = find("#suggestions").hidden ? [] : suggestions();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (found.length && step) {
    event.preventDefault();
    picked = (picked + step + found.length) % found.length;
    showSuggestions();
  } else if (found.length && event.key === "Escape") {
    hide();
  } else if (found.length && (event.key === "Tab" || event.key === "Enter") && found[picked].whole.trim() !== event.target.value) {
    event.preventDefault();
    take(found[picked]);
  } else if (event.key === "ArrowUp" && !event.target.value && typedBefore.length) {
    event.preventDefault();
    event.target.value = typedBefore.at(-1);
  }
}
