// What the page knows: what does not change, what was seen last, and who looks at it from where.

import { notice } from "./dom.js";

export const world = await (await fetch("/world")).json();
export const people = new Map(world.people.map((person) => [person.id, person]));

// Everything that changes, part by part as the server sends it.
export const seen = { channels: [], names: {}, modal: null, home: null, phones: [], time: null, weather: {} };

const place = new URLSearchParams(location.hash.slice(1));
export const at = {
  as: people.has(place.get("as")) ? place.get("as") : world.people[0].id,
  in: place.get("in") ?? "",
};

let ahead = 0; // how far the sandbox's clock is ahead of ours, in milliseconds
export const now = () => Date.now() + ahead;
export const me = () => people.get(at.as);
export const name = (id) => seen.names[id] ?? id;

let source = null;
let draw = () => {};

export function start(onNews) {
  draw = onNews;
  listen();
}

function listen() {
  source?.close();
  source = new EventSource(`/events?as=${at.as}`);
  source.onmessage = ({ data }) => {
    const news = JSON.parse(data);
    if ("now" in news) ahead = news.now * 1000 - Date.now();
    delete news.now;
    Object.assign(seen, news);
    document.body.dataset.live = "yes";
    draw();
  };
  source.onerror = () => { document.body.dataset.live = "no"; };
}

export function go(to) {
  const other = to.as !== undefined && to.as !== at.as;
  Object.assign(at, to);
  history.replaceState(null, "", `#${new URLSearchParams(at)}`);
  if (other) listen();
  draw();
}

// Do something through one of the sandbox's doors. What goes wrong is told; true when all went well.
export async function say(door, said = {}) {
  try {
    const answer = await fetch(`/do/${door}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: at.as, ...said }),
    });
    const { error } = await answer.json();
    if (!error) return true;
    notice(error);
  } catch {
    notice("The sandbox does not answer. Is `make demo` still running?");
  }
  return false;
}

// What a person has read, in each channel; remembered by this browser as long as this sandbox lives.
const store = `read-${world.key}`;
const read = JSON.parse(localStorage.getItem(store) ?? "{}");

export function unread(channel) {
  const since = read[at.as]?.[channel.id] ?? "0";
  return channel.posts.filter((post) => post.user !== at.as && post.ts > since).length;
}

export function markRead(channel) {
  const last = channel.posts.at(-1)?.ts;
  if (!last || read[at.as]?.[channel.id] === last) return;
  (read[at.as] ??= {})[channel.id] = last;
  localStorage.setItem(store, JSON.stringify(read));
}
