// The page's state: what never changes, the latest news, and who is looking at what.

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

// A form opens only in the window where somebody asked for it, so each window is a client of its own.
const client = crypto.randomUUID();

export let visit = 0; // counts each change of person, including back to an earlier one

let ahead = 0; // how far the sandbox's clock is ahead of ours, in milliseconds
export const now = () => Date.now() + ahead;
export const me = () => people.get(at.as);
export const name = (id) => own(seen.names, id) ?? id;

let line = null;
let render = () => {};
// A button that is replaced between press and release gets no click, so what's new is shown after the release.
let pressed = false;
addEventListener("pointerdown", () => { pressed = true; }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(released), true);
addEventListener("blur", released);

function released() {
  pressed = false;
  render();
}

const waiting = []; // for the next news
export const news = () => new Promise((heard) => waiting.push(heard));

export function start(onNews) {
  render = onNews;
  document.addEventListener("visibilitychange", render);
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
    if (!pressed) render();
    for (const heard of waiting.splice(0)) heard();
  };
  mine.onclose = () => {
    if (mine !== line) return;
    document.body.dataset.live = "no";
    setTimeout(() => { if (mine === line) listen(); }, 1000);
  };
}

// Browsers complain in the console if a connection is closed before it's open.
function leave(old) {
  if (old.readyState === WebSocket.CONNECTING) old.onopen = () => old.close();
  else old.close();
}

export function go(to) {
  const there = `#${new URLSearchParams({ ...at, ...to })}`;
  if (there !== location.hash) history[history.state?.spare ? "replaceState" : "pushState"](null, "", there);
  come(to);
}

// Go to the place in the address; returns whether that's a different one.
export function follow() {
  const to = addressed();
  if (to.as === at.as && to.in === at.in) return false;
  come(to);
  return true;
}

// The browser's Back closes a modal, so it needs a history entry to go back from: one more for the same place, which
// the next place replaces.
export function spare() {
  if (!history.state?.spare) history.pushState({ spare: true }, "", location.href);
}

function come(to) {
  const other = to.as !== undefined && to.as !== at.as;
  Object.assign(at, to);
  if (other) {
    visit += 1;
    Object.assign(seen, { channels: [], modal: null, home: null }); // those belonged to the previous person
    leave(line);
    listen();
  }
  render();
}

// Do one of the sandbox's actions; returns its answer, or shows what went wrong and returns null.
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

// The same without an answer; returns whether it worked.
export const say = async (door, said) => (await ask(door, said)) !== null;

// What a person has read in each channel; this browser remembers it as long as the sandbox lives.
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
