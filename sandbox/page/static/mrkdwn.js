// Slack's mrkdwn as nodes: mentions, links, dates, code, bold, italic, strike, quotes, emoji.

import { h, own } from "./dom.js";
import { shown } from "./dates.js";
import { me, name, now, people, world } from "./world.js";

const ENTITIES = [["&lt;", "<"], ["&gt;", ">"], ["&amp;", "&"]];
export const unescape = (text) => ENTITIES.reduce((so_far, [entity, sign]) => so_far.replaceAll(entity, sign), text);
export const emoji = (text) =>
  text.replace(/:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/g, (code, word) => own(world.emoji, word) ?? code);

// Finished pieces (names, code, links) are kept outside the text, with placeholders that nobody types.
const HELD = /\ue000(\d+)\ue001/;
const FENCED = /```\n?([\s\S]*?)\n?```/g;
const CODE = /`([^`\n]+)`/g;
const ANGLES = /<([^<>\n]+)>/g;
const SCHEME = /^(?:https?|mailto|tel|slack|ftp):/i;
// A marker counts only at the edge of a word, so that snake_case and 2*3*4 stay as they are.
const W = "[\\p{L}\\p{N}]";
const marked = (sign) => new RegExp(
  `(?<!${W})${sign}(?=[^\\s${sign}])((?:[^${sign}\\n]|(?<=${W})${sign}(?=${W}))*)(?<=\\S)${sign}(?!${W})`, "u");
const MARKERS = [[marked("\\*"), "strong"], [marked("_"), "em"], [marked("~"), "s"]];

// Slack links web addresses and bare domains by itself, unless a text object is verbatim.
const ADDRESS = /(?<![\p{L}\p{N}@/.])(?:https?:\/\/[^\s<>|]+|(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|co|de|uk|app|me|info)\b(?:\/[^\s<>|]*)?)/giu;
const TRAILING = /[.,;:!?)"”’\]]+$/;

/** Returns mrkdwn as nodes; a verbatim one has only the links that are marked up. */
export function mrkdwn(raw, verbatim = false) {
  const clean = raw.replace(/[\ue000\ue001]/g, "");
  const text = verbatim ? clean : clean.split(/(<[^<>\n]+>|```[\s\S]*?```|`[^`\n]+`)/).map(
    (piece, at) => (at % 2 ? piece : piece.replace(ADDRESS, (found) => {
      const end = found.match(TRAILING)?.[0] ?? "";
      const address = found.slice(0, found.length - end.length);
      return `<${/^https?:/i.test(address) ? address : `http://${address}`}|${address}>${end}`;
    }))).join("");
  if (text.includes("```")) return inline(text);
  const runs = [];
  let to_the_end = false;
  for (const line of text.split("\n")) {
    const quoted = to_the_end ? [line, line] : line.match(/^(?:&gt;&gt;&gt;|>>>|&gt;|>) ?(.*)$/);
    to_the_end ||= /^(?:&gt;&gt;&gt;|>>>)/.test(line);
    const run = runs.at(-1);
    if (run && run.quoted === Boolean(quoted)) run.lines.push(quoted ? quoted[1] : line);
    else runs.push({ quoted: Boolean(quoted), lines: [quoted ? quoted[1] : line] });
  }
  return runs.flatMap(({ quoted, lines: these }) =>
    (quoted ? [h("blockquote", {}, inline(these.join("\n")))] : inline(these.join("\n"))));
}

function inline(text) {
  const held = [];
  const hold = (node) => `\ue000${held.push(node) - 1}\ue001`;
  const kept = text
    .replace(ANGLES, (_, inside) => hold(angles(inside)))
    .replace(FENCED, (_, code) => hold(h("pre", {}, release(code, held).map(asText))))
    .replace(CODE, (_, code) => hold(h("code", {}, release(code, held).map(asText))));
  return marks(kept, held);
}

const asText = (piece) => (typeof piece === "string" ? unescape(piece) : piece.textContent);

function marks(text, held) {
  const found = MARKERS
    .map(([pattern, tag]) => ({ match: pattern.exec(text), tag }))
    .filter(({ match }) => match)
    .sort((one, other) => one.match.index - other.match.index)[0];
  if (!found) return release(text, held).map((piece) => (typeof piece === "string" ? unescape(emoji(piece)) : piece));
  const { match, tag } = found;
  return [
    ...marks(text.slice(0, match.index), held),
    h(tag, {}, marks(match[1], held)),
    ...marks(text.slice(match.index + match[0].length), held),
  ];
}

function release(text, held) {
  return text.split(HELD).map((piece, at) => (at % 2 ? held[Number(piece)] : piece)).filter((piece) => piece !== "");
}

function angles(inside) {
  const [target, ...rest] = inside.split("|");
  const label = emoji(unescape(rest.join("|")));
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return channel(target.slice(1));
  if (target.startsWith("!")) return special(target.slice(1), label);
  if (SCHEME.test(target)) return link(unescape(target), label || unescape(target.replace(/^mailto:/, "")));
  return `<${unescape(inside)}>`;
}

function special(command, label) {
  const [word, ...rest] = command.split("^");
  if (word === "date" && rest.length > 1) return date(rest[0], unescape(rest[1]), label);
  return h("span", { class: "mention" }, label || `@${word === "subteam" && rest.length ? rest[0] : word}`);
}

export const mention = (id) =>
  h("span", { class: `mention${id === me().id ? " of-me" : ""}`, title: people.get(id)?.handle }, `@${name(id)}`);
export const channel = (id) => h("span", { class: "mention" }, `#${name(id)}`);
export const date = (epoch, form, fallback) =>
  h("time", { title: fallback }, shown(epoch, form, fallback, me().zone, now()));
// Nothing leaves this machine by itself; a clicked link opens its address.
export const link = (url, label) =>
  (SCHEME.test(url) ? h("a", { href: url, target: "_blank", rel: "noreferrer" }, label) : label);
