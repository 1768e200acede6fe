// The clock, the outage switches, and the bot's state.

import { clock as wall, dayShort, local, parts, seconds } from "./dates.js";
import { h, rerender } from "./dom.js";
import { now, say, seen, world } from "./world.js";

const clock = document.querySelector("#clock");
const weather = document.querySelector("#weather");
const status = document.querySelector("#status");
let date = ""; // as typed
let stopping = false;

export function renderControls() {
  const time = seen.time;
  clock.hidden = weather.hidden = !time;
  if (!time) return;
  stopping &&= time.moving;
  rerenderClock();
  rerender(weather, seen.weather, renderWeather);
  rerenderStatus(time);
  tick();
}

function rerenderStatus(time) {
  const words = state(time);
  rerender(status, [words, time.up], () => h("span", { class: time.up ? "" : "down", title: words }, words));
}

const rerenderClock = () => rerender(clock, [seen.time, stopping, seen.weather], () => renderClock(seen.time));

export function tick() {
  const face = clock.querySelector("time");
  if (!face) return;
  const { zone, twelve } = seen.time;
  const at = parts(now(), zone);
  const name = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" })
    .formatToParts(now()).find(({ type }) => type === "timeZoneName").value;
  face.textContent = `${dayShort(at)}, ${at.year}, ${seconds(at, twelve)} ${name}`;
}

function renderClock(time) {
  const button = (words, to, title) => h("button", {
    type: "button", class: "button", "aria-disabled": String(time.moving), title, key: `clock-${to}`, onclick: () => { if (!seen.time.moving) say("clock", { to }); },
  }, words);
  return [
    h("time", {}),
    h("div", { class: "buttons", role: "group", "aria-label": "Let time pass" },
      button("+1 min", "minute"), button("+1 hour", "hour"),
      button(`Next ${morning(time) ?? "morning"}`, "morning", "To the next morning’s text"),
      button("Next handoff", "handoff", "To when somebody else goes on call"),
      button("Spring forward", "spring", "To the evening before daylight saving time starts"),
      button("Fall back", "autumn", "To the evening before daylight saving time ends"),
      h("form", {
        onsubmit: (event) => {
          event.preventDefault();
          const typed = event.target.elements.date.value;
          date = "";
          if (!seen.time.moving) say("clock", { to: "date", date: typed });
        },
      },
      h("input", {
        type: "datetime-local", name: "date", required: true, max: "9999-12-31T23:59", key: "clock-input", "aria-label": "Date and time to go to",
        value: date || local(now() + 86_400_000, time.zone), oninput: ({ target }) => { date = target.value; },
      }),
      h("button", { class: "button", "aria-disabled": String(time.moving), key: "clock-date" }, "Go"),
      // It takes up space even while there's nothing to stop, so that the other controls don't jump.
      h("button", {
        type: "button", class: `button danger${time.moving ? "" : " unseen"}`, key: "halt", "aria-disabled": String(stopping),
        onclick: () => { stopping = true; renderControls(); say("halt"); },
      }, "Stop"))),
  ];
}

// The team's next notify time on its own clock; null while there is no team.
export const morning = ({ morning: at, zone, twelve }) => (at === null ? null : wall(parts(at * 1000, zone), twelve));

function renderWeather() {
  const choose = (service, label) => h("label", {}, label,
    h("select", { key: `weather-${service}`, class: seen.weather[service] === world.weather[0] ? "" : "bad", onchange: ({ target }) => say("weather", { service, word: target.value }) },
      world.weather.map((word) => h("option", { selected: word === seen.weather[service] }, word))));
  return [
    choose("slack", "Slack is"), choose("twilio", "Twilio is"),
    h("button", {
      type: "button", class: "button either", key: "crash", "aria-pressed": String(seen.weather.armed),
      title: "Kill the bot right after Twilio accepts its next text, before the bot hears so", onclick: () => say("crash"),
    }, ["Crash mid-send", "Crashes at next text"].map((words, armed) =>
      h("span", { class: Boolean(armed) === seen.weather.armed ? "" : "unseen" }, words))),
  ];
}

function state(time) {
  if (!time.up) return seen.weather.slack === world.weather[0] ? "Bot down, restarting" : "Bot down, waiting for Slack";
  if (stopping) return "Stopping…";
  if (time.moving && Object.values(seen.weather).includes("hanging")) return "Hung calls take 10 s each";
  const restarts = time.starts - 1;
  return restarts ? `Bot up, restarted ${restarts === 1 ? "once" : `${restarts} times`}` : "Bot up";
}
