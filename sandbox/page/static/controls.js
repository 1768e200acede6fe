// The clock and the weather.

import { dayShort, local, parts, seconds } from "./dates.js";
import { h, redraw } from "./dom.js";
import { now, say, seen, world } from "./world.js";

const clock = document.querySelector("#clock");
const weather = document.querySelector("#weather");
let date = ""; // as somebody typed it
let stopping = false;

export function drawControls() {
  const time = seen.time;
  clock.hidden = weather.hidden = !time;
  if (!time) return;
  stopping &&= time.moving;
  redrawClock();
  redraw(weather, [seen.weather, time.up, time.starts], () => drawWeather(time));
  tick();
}

const redrawClock = () => redraw(clock, [seen.time, stopping, seen.weather], () => drawClock(seen.time));

export function tick() {
  const face = clock.querySelector("time");
  if (!face) return;
  const { zone } = seen.time;
  const at = parts(now(), zone);
  const name = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" })
    .formatToParts(now()).find(({ type }) => type === "timeZoneName").value;
  face.textContent = `${dayShort(at)} ${at.year} ${seconds(at)} ${name}`;
}

function drawClock(time) {
  const button = (words, to, title) => h("button", {
    type: "button", class: "button", "aria-disabled": String(time.moving), title, key: `clock-${to}`, onclick: () => { if (!seen.time.moving) say("clock", { to }); },
  }, words);
  return [
    h("time", {}),
    h("div", { class: "buttons", role: "group", "aria-label": "Let time pass" },
      button("+1 min", "minute"), button("+1 hour", "hour"),
      button(time.morning ? `Next ${time.morning}` : "Next morning", "morning", "Until the next morning message"),
      button("Next handoff", "handoff", "Until somebody else comes on call"),
      button("Spring night", "spring", "To the evening before the clocks go forward"),
      button("Autumn night", "autumn", "To the evening before the clocks go back"),
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
      h("button", { class: "button", "aria-disabled": String(time.moving), key: "clock-date" }, "Go")),
      time.moving && h("button", {
        type: "button", class: "button danger", key: "halt", onclick: () => { stopping = true; redrawClock(); say("halt"); },
      }, stopping ? "Stopping…" : "Stop"),
      time.moving && Object.values(seen.weather).includes("hanging") && h("small", { role: "status" },
        "Each call to a service that hangs gives up after 10 seconds; time waits for it.")),
  ];
}

function drawWeather(time) {
  const choose = (service, label) => h("label", {}, label,
    h("select", { key: `weather-${service}`, class: seen.weather[service] === "fine" ? "" : "bad", onchange: ({ target }) => say("weather", { service, word: target.value }) },
      world.weather.map((word) => h("option", { selected: word === seen.weather[service] }, word))));
  return [
    choose("slack", "Slack is"), choose("twilio", "Twilio is"),
    h("button", {
      type: "button", class: "button", key: "crash", "aria-pressed": String(seen.weather.armed),
      title: "Kill the bot when Twilio has taken its next SMS and before it knows", onclick: () => say("crash"),
    }, seen.weather.armed ? "It will crash at the next SMS" : "Crash in mid-send"),
    h("span", { class: time.up ? "state" : "state down", role: "status" }, state(time)),
  ];
}

function state(time) {
  if (time.up) return time.starts > 1 ? `Bot up (start ${time.starts})` : "Bot up";
  return seen.weather.slack === "fine" ? "Bot down, it comes again" : "Bot down, it waits for Slack";
}
