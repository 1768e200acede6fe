// What the page knows: what does not change, what was seen last, and who looks at it from where.

import { notice, own } from "./dom.js";

export const world = await (await fetch("/world")).json();
export const people = new Map(world.people.map((person) => [person.id, person]));

// Everything that changes, part by part as the server sends it.
export const seen = { channels: [], names: {}, modal: null, home: null, phones: [], time: null, weather: {} };

function addressed() {
  const place = new URLSearchParams(location.hash.slice(1));
  return { as: people.has(place.get("as")) ? place.get("as") : world.people[0].id, in: place.get("in") ?? "" };
}
export const at = addressed();

// A form opens where somebody asked for it and in no other window, so the sandbox has to tell windows apart.
const client = crypto.randomUUID();

export let visit = 0; // counts each change of person, back to an earlier one too

let ahead = 0; // how far the sandbox's clock is ahead of ours, in milliseconds
export const now = () => Date.now() + ahead;
export const me = () => people.get(at.as);
export const name = (id) => own(seen.names, id) ?? id;

let line = null;
let draw = () => {};
const waiting = []; // for the next news
export const news = () => new Promise((heard) => waiting.push(heard));

export function start(onNews) {
  draw = onNews;
  document.addEventListener("visibilitychange", draw);
  listen();
}

function listen() {
  const mine = line = new WebSocket(`${location.origin.replace("http", "ws")}/events?as=${at.as}&client=${client}`);
  mine.onmessage = ({ data }) => {
    if (mine !== line) return;
    const { now: instant, key, ...news } = JSON.parse(data);
    if (key !== undefined && key !== world.key) location.reload(); // another sandbox, at the same address
    if (instant !== undefined) ahead = instant * 1000 - Date.now();
    Object.assign(seen, news);
    document.body.dataset.live = "yes";
    draw();
    for (const heard of waiting.splice(0)) heard();
  };
  mine.onclose = () => {
    if (mine !== line) return;
    document.body.dataset.live = "no";
    setTimeout(() => { if (mine === line) listen(); }, 1000);
  };
}

// Browsers complain in the console about a line that is closed before it is open.
function leave(old) {
  if (old.readyState === WebSocket.CONNECTING) old.onopen = () => old.close();
  else old.close();
}

export function go(to) {
  const there = `#${new URLSearchParams({ ...at, ...to })}`;
  if (there !== location.hash) history[history.state?.spare ? "replaceState" : "pushState"](null, "", there);
  come(to);
}

// Be where the address says; tells whether that was somewhere else.
export function follow() {
  const to = addressed();
  if (to.as === at.as && to.in === at.in) return false;
  come(to);
  return true;
}

// The browser's Back needs somewhere to go when it closes a modal: one more step at the same place, which
// the next place replaces.
export function spare() {
  if (!history.state?.spare) history.pushState({ spare: true }, "", location.href);
}

function come(to) {
  const other = to.as !== undefined && to.as !== at.as;
  Object.assign(at, to);
  if (other) {
    visit += 1;
    Object.assign(seen, { channels: [], modal: null, home: null }); // those of whoever it was before
    leave(line);
    listen();
  }
  draw();
}

// Do something through one of the sandbox's doors; its answer, or null for what went wrong, which is told.
export async function ask(door, said = {}) {
  let words;
  try {
    const answer = await fetch(`/do/${door}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: at.as, client, ...said }),
    });
    if (answer.ok) {
      const found = await answer.json();
      if (!found.error) return found;
      words = found.error;
    } else words = `The sandbox refused that: ${await answer.text()}`;
  } catch {
    words = "The sandbox isn’t answering. Is `make demo` still running?";
  }
  notice(words);
  return null;
}

// The same where nothing is asked; true when all went well.
export const say = async (door, said) => (await ask(door, said)) !== null;

// What a person has read, in each channel; remembered by this browser as long as this sandbox lives.
const store = () => `read-${world.key}-${at.as}`;
const read = () => JSON.parse(localStorage.getItem(store()) ?? "{}");

export function unread(channel) {
  const since = read()[channel.id] ?? "0";
  return channel.posts.filter((post) => post.user !== at.as && post.ts > since).length;
}

export function markRead(channel) {
  const last = channel.posts.at(-1)?.ts;
  if (last && read()[channel.id] !== last) {
    localStorage.setItem(store(), JSON.stringify({ ...read(), [channel.id]: last }));
  }
}
