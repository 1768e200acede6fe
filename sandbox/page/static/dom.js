// Making and renewing pieces of the page. Text always goes in as text, never as markup.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "key") node.dataset.key = value;
    else if (name === "value" || (name in node && typeof value !== "string")) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const drawn = new WeakMap();

// Draw the children of `node` anew if what they show has changed; who typed there goes on typing.
export function redraw(node, shows, draw) {
  const text = JSON.stringify(shows);
  if (drawn.get(node) === text) return false;
  drawn.set(node, text);
  keepingFocus(node, () => node.replaceChildren(...[draw()].flat(9).filter(Boolean)));
  return true;
}

// The same for a list: pieces whose content is as before stay as they are.
export function redrawList(node, items, draw) {
  const present = new Map([...node.children].map((child) => [child.dataset.item, child]));
  const wanted = items.map(({ key, shows }) => {
    const text = JSON.stringify(shows);
    const old = present.get(key);
    if (old && drawn.get(old) === text) return old;
    const fresh = draw(shows);
    fresh.dataset.item = key;
    drawn.set(fresh, text);
    return fresh;
  });
  const staying = new Set(wanted);
  let changed = false;
  keepingFocus(node, () => {
    for (const old of [...node.children]) if (!staying.has(old)) { old.remove(); changed = true; }
    wanted.forEach((one, at) => {
      if (node.children[at] !== one) { node.insertBefore(one, node.children[at] ?? null); changed = true; }
    });
  });
  return changed;
}

function keepingFocus(node, change) {
  const active = document.activeElement;
  const inside = node.contains(active);
  const key = inside ? active.dataset.key : undefined;
  const caret = inside && "selectionStart" in active ? active.selectionStart : null;
  change();
  if (!inside || document.activeElement === active) return;
  const again = key && [...node.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (caret !== null) again.setSelectionRange?.(caret, caret);
}

// Say what went wrong, in words that stay until they are read; of many, the last three. While a dialog is open
// nothing outside it can be reached, so they stand in it.
const notices = document.querySelector("#notices");
const main = document.querySelector("main");

export function notice(words) {
  const box = h("p", { class: "notice" }, words,
    h("button", { type: "button", "aria-label": "Dismiss", onclick: () => box.remove() }, "✕"));
  (document.querySelector("dialog[open]") ?? main).append(notices);
  notices.append(box);
  while (notices.children.length > 3) notices.firstChild.remove();
}

export const noticesBack = () => main.append(notices);

// What a table has under a key; only what somebody put there.
export const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);
