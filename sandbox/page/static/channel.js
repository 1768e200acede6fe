// The middle of the page: messages, the Home tab and the message box.

import { blocks } from "./blocks.js";
import { morning } from "./controls.js";
import { dayOf, parts, time } from "./dates.js";
import { h, rerender, rerenderList } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { at, go, markRead, me, name, news, now, people, say, seen, unread, visit, world } from "./world.js";

const find = (id) => document.querySelector(id);
export const HOME = "home";

// The open channel: the team's, unless the person chose another.
export const here = () => seen.channels.find(({ id }) => id === at.in) ?? seen.channels.find(({ kind }) => kind !== "im");

const label = (channel) => (channel.kind === "im" ? "WhoseOnFirst" : channel.name);

export function renderSide() {
  const looked_at = document.visibilityState === "visible" && find("#messages").checkVisibility();
  if (looked_at && here()) markRead(here());
  const rows = seen.channels.map((channel) => ({ id: channel.id, label: label(channel), im: channel.kind === "im", unread: unread(channel) }));
  rerender(find("#side"), [rows, at, seen.time && hints(seen.time)], () => [
    h("label", { class: "who" }, h("span", {}, "You are"),
      h("select", { key: "who", onchange: ({ target }) => { go({ as: target.value }); opened(); } },
        world.people.map((one) => h("option", { value: one.id, selected: one.id === at.as },
          `${one.name}${one.admin ? ", admin" : one.guest ? ", guest" : ""}${one.zone === world.people[0].zone ? "" : ` (${one.zone})`}`)))),
    h("ul", {},
      rows.filter(({ im }) => !im).map((row) => item(row, "#")),
      world.home && item({ id: HOME, label: "WhoseOnFirst Home", short: "Home", unread: 0 }, "⌂"),
      rows.filter(({ im }) => im).map((row) => item({ ...row, short: "DM" }, "✉"))),
    tries(),
  ]);
}

const asGuest = world.people.filter(({ guest }) => guest).map((one) => [`To see what guests see, become ${one.name}.`]);
// Things for a newcomer to try. Without a team there's nothing to ask about yet.
const hints = (time) => (morning(time) === null ? [
  ["Open WhoseOnFirst Home and press “Set up a team”. Anybody but a guest can. Or type", "/oncall setup"],
  ["Use the phones’ numbers, so that the texts arrive there."],
  ...asGuest,
] : [
  ["Ask who’s on call:", "/oncall"],
  [`Press “Next ${morning(time)}” and watch the phones. Half a minute later the channel shows what arrived.`],
  ["Have Greg cover tomorrow, and confirm:", "/oncall override @greg tomorrow"],
  ["Fill in a form:", "/oncall take"],
  ["See your shifts: open WhoseOnFirst Home."],
  ["Or message WhoseOnFirst in plain words:", "mine"],
  ["Switch a phone off, then let its owner’s morning come."],
  ["Crash the bot mid-send: nobody gets the text twice."],
  ...asGuest,
]);

const tries = () => seen.time && h("section", { class: "hints", "aria-label": "Things to try" }, h("h2", {}, "Things to try"),
  h("ul", {}, hints(seen.time).map(([words, line]) => h("li", {}, words, line && [" ", h("code", {}, line)]))));

function item({ id, label, short, unread: count }, sign) {
  const current = id === (at.in === HOME ? HOME : here()?.id);
  const content = [h("span", { "aria-hidden": "true" }, `${sign} `), h("span", { class: short && "long" }, label),
    short && h("span", { class: "short" }, short)];
  return h("li", {}, h("button", {
    type: "button", class: count ? "unread" : "", "aria-current": current ? "page" : undefined, key: `go-${id}`,
    "aria-label": short && `${label}${count ? ` ${count} unread` : ""}`,
    onclick: () => {
      go({ in: id });
      opened();
    },
  }, content, count > 0 && h("span", { class: "badge", "aria-label": `${count} unread` }, String(count))));
}

// The app gets an event when somebody opens one of its tabs, and publishes a Home tab for them.
let opening = null;

export async function opened() {
  if (at.in !== HOME) {
    if (here()?.kind === "im") say("messages");
    return;
  }
  const mine = opening = { as: at.as };
  renderPlace();
  if (await say("home")) await new Promise((wait) => setTimeout(wait, PUBLISHES));
  if (opening !== mine) return;
  opening = null;
  renderPlace();
}

const PUBLISHES = 3000; // milliseconds until the page says that there's no Home tab

export function renderPlace() {
  const atHome = at.in === HOME;
  const channel = here();
  find("#messages").hidden = atHome;
  find("#composer").hidden = atHome || (channel?.kind === "im" && !world.messages);
  find("#home").hidden = !atHome;
  rerender(find("#title"), [atHome, channel?.id, channel?.archived], () =>
    h("h2", {}, atHome ? "WhoseOnFirst: Home" : `${channel?.kind === "im" ? "" : "#"}${channel ? label(channel) : ""}`,
      channel?.archived && !atHome && h("small", {}, " archived")));
  if (atHome) return renderHome();
  if (channel) {
    renderComposer();
    renderMessages(channel);
  }
}

function renderHome() {
  const form = seen.home && { key: seen.home.id, place: { view: seen.home.id }, blocks: seen.home.blocks };
  rerender(find("#home"), [seen.home, at.as, Boolean(opening)], () => (form
    ? blocks(form, seen.home.blocks)
    : h("p", { class: "empty" }, opening ? "Loading…" : "Nothing here yet: the app hasn’t published a Home tab for you.")));
}

// --- messages --------------------------------------------------------------------------------

// A reader at the newest message stays there when more arrive, or when the box shrinks.
const box = find("#messages");
let low = true;
box.addEventListener("scroll", () => { low = box.scrollHeight - box.scrollTop - box.clientHeight < 80; });
const down = () => { if (low) box.scrollTop = box.scrollHeight; };
new ResizeObserver(down).observe(box);

function renderMessages(channel) {
  const zone = me().zone;
  const today = parts(now(), zone).number;
  const items = channel.cut ? [{ key: "cut", shows: { note: "Older messages aren’t shown here." } }] : [{
    key: "beginning", shows: { begins: channel.id, kind: channel.kind, label: label(channel), time: seen.time && hints(seen.time) } }];
  const replies = (post) => channel.posts.filter((other) => isReply(other) && other.thread_ts === post.ts);
  const shown = new Set(channel.posts.map(({ ts }) => ts));
  let day = "";
  for (const post of channel.posts) {
    if (isReply(post) && shown.has(post.thread_ts)) continue;
    const ms = Number(post.ts) * 1000;
    const heading = dayOf(ms, zone, now());
    if (heading !== day) items.push({ key: `day-${parts(ms, zone).number}`, shows: { day: heading } });
    day = heading;
    items.push({ key: post.ts, shows: { post, replies: replies(post), channel: channel.id, as: at.as, today, names: seen.names } });
  }
  const shows = `${at.as}${channel.id}`;
  if (box.dataset.shows !== shows) low = true;
  box.dataset.shows = shows;
  if (rerenderList(box, items, render)) down();
}

// The beginning of a conversation, as in Slack; on a narrow screen it's the only place for the hints.
function beginning({ kind, label: called }) {
  const words = kind !== "im" ? "Everyone here sees what the bot posts. Answers to /oncall are visible only to whoever asked."
    : world.messages ? "Only you and the bot are here. Ask away, with or without /oncall."
      : "Sending messages to this app has been turned off.";
  return h("section", { class: "beginning", "aria-label": "Beginning" },
    h("h3", {}, kind === "im" ? called : `# ${called}`), h("p", {}, words), tries());
}

const isReply = (post) => Boolean(post.thread_ts) && post.thread_ts !== post.ts;

function render(shows) {
  if (shows.begins) return beginning(shows);
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

function renderComposer() {
  rerender(find("#composer"), at.as, () => [
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
  drafts.set(at.as, text); // kept until it's sent, for somebody who leaves and comes back
  typedBefore.push(text);
  while (!here() && visit === begun) await news(); // just after a switch, the new person's channels aren't here yet
  if (visit !== begun) return;
  drafts.set(at.as, box.value); // typed in the meantime
  if (!(await say("type", { channel: here().id, text })) && !box.value) box.value = text;
}

const BOT = { handle: "WhoseOnFirst", name: "the bot: only you see its answer" };

// Suggests commands at the start, and people and the bot after any @.
function suggestions() {
  const text = find("#text").value;
  if (/^\/\S*$/.test(text)) {
    return world.commands.filter(({ name: command }) => command.startsWith(text.toLowerCase())).map((one) => ({
      whole: `${one.name} `, title: one.name, more: ` ${one.hint} `, last: one.description,
    }));
  }
  const handle = text.match(/(^|\s)@([\w.-]*)$/)?.[2].toLowerCase();
  if (handle === undefined) return [];
  return [...world.people, BOT].filter((one) => one.handle.toLowerCase().startsWith(handle)).map((one) => ({
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
