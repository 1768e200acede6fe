// Dates as Slack shows them: `<!date^EPOCH^{date_short_pretty} at {time}|fallback>`, in the reader's zone.

import { own } from "./dom.js";

const DAY = 86_400_000;

const forms = new Map(); // by zone, because making one takes longer than rendering the rest of a message

function form(zone) {
  if (!forms.has(zone)) {
    forms.set(zone, new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23", weekday: "long", year: "numeric", month: "numeric",
      day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    }));
  }
  return forms.get(zone);
}

export function parts(ms, zone) {
  const found = Object.fromEntries(form(zone).formatToParts(ms).map(({ type, value }) => [type, value]));
  const [year, month, day, hour, minute, second] =
    ["year", "month", "day", "hour", "minute", "second"].map((part) => Number(found[part]));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return { year, month, day, hour, minute, second, weekday: found.weekday, wall, number: Math.floor(wall / DAY) };
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
  "October", "November", "December"];
const two = (number) => String(number).padStart(2, "0");
const month = (at) => MONTHS[at.month - 1];
const ordinal = (day) => `${day}${day > 10 && day < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th"}`;
// Slack leaves the year out of a date less than six months away.
const year = (at, now) => (Math.abs(at.wall - now.wall) < 182 * DAY ? "" : `, ${at.year}`);
const date = (at, now) => `${month(at)} ${ordinal(at.day)}${year(at, now)}`;
const short = (at, now) => `${month(at).slice(0, 3)} ${at.day}${year(at, now)}`;
const long = (at, now) => `${at.weekday}, ${date(at, now)}`;
const pretty = (otherwise) => (at, now) =>
  ({ [-1]: "yesterday", 0: "today", 1: "tomorrow" })[at.number - now.number] ?? otherwise(at, now);
const half = (at) => (at.hour < 12 ? "AM" : "PM");
const UNITS = [[365 * DAY, "year"], [30 * DAY, "month"], [DAY, "day"], [DAY / 24, "hour"], [60_000, "minute"]];

function ago(at, now) {
  const since = now.wall - at.wall;
  for (const [length, unit] of UNITS) {
    const count = Math.floor(Math.abs(since) / length);
    if (count === 0) continue;
    const span = `${count} ${unit}${count === 1 ? "" : "s"}`;
    return since > 0 ? `${span} ago` : `in ${span}`;
  }
  return "just now";
}

// Dates and times for the team's clock and phones: "Mon Nov 23", and "8:00 AM" or, on a 24-hour clock, "08:00".
export const dayShort = (at) => `${at.weekday.slice(0, 3)} ${month(at).slice(0, 3)} ${at.day}`;
export const clock = (at, twelve, seconds = "") => (twelve
  ? `${at.hour % 12 || 12}:${two(at.minute)}${seconds} ${half(at)}`
  : `${two(at.hour)}:${two(at.minute)}${seconds}`);
export const seconds = (at, twelve) => clock(at, twelve, `:${two(at.second)}`);

export const time = (at) => clock(at, true);
const TOKENS = {
  date_num: (at) => `${at.year}-${two(at.month)}-${two(at.day)}`,
  date_slash: (at) => `${two(at.day)}/${two(at.month)}/${at.year}`,
  date, date_short: short, date_long: long,
  date_long_full: (at) => `${month(at)} ${at.day}, ${at.year}`,
  date_pretty: pretty(date), date_short_pretty: pretty(short), date_long_pretty: pretty(long),
  day_divider_pretty: pretty(long),
  time,
  time_secs: (at) => seconds(at, true),
  ago,
};

export function shown(epoch, form, fallback, zone, now) {
  if (!/^-?\d+$/.test(epoch) || Math.abs(Number(epoch)) > 8.64e12) return fallback;
  const [at, today] = [parts(Number(epoch) * 1000, zone), parts(now, zone)];
  let known = true;
  const words = form.replace(/\{(\w+)\}/g, (_, token) => own(TOKENS, token)?.(at, today) ?? (known = false));
  return known ? words : fallback;
}

// The heading of a day among the messages.
export const dayOf = (ms, zone, now) => {
  const words = pretty(long)(parts(ms, zone), parts(now, zone));
  return words[0].toUpperCase() + words.slice(1);
};

// Convert an instant to the value of an <input type="datetime-local">, and back.
export function local(ms, zone) {
  const at = parts(ms, zone);
  return `${at.year}-${two(at.month)}-${two(at.day)}T${clock(at, false)}`;
}

export function instant(text, zone) {
  const wall = Date.parse(`${text}:00Z`);
  const guess = wall - (parts(wall, zone).wall - wall);
  return wall - (parts(guess, zone).wall - guess);
}
