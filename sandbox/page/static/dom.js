// Creates and updates parts of the page. Text always goes in as text, never as markup.

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

const rendered = new WeakMap();

// Re-render the children of `node` if what they show has changed; the focus and caret stay.
export function rerender(node, shows, render) {
  const text = JSON.stringify(shows);
  if (rendered.get(node) === text) return false;
  rendered.set(node, text);
  keepingFocus(node, () => node.replaceChildren(...[render()].flat(9).filter(Boolean)));
  return true;
}

// The same for a list: items with unchanged content stay as they are.
export function rerenderList(node, items, render) {
  const present = new Map([...node.children].map((child) => [child.dataset.item, child]));
  const wanted = items.map(({ key, shows }) => {
    const text = JSON.stringify(shows);
    const old = present.get(key);
    if (old && rendered.get(old) === text) return old;
    const fresh = render(shows);
    fresh.dataset.item = key;
    rendered.set(fresh, text);
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

// Show what went wrong, until it's dismissed; at most the last three notices. They go into an open dialog, because
// nothing outside it can be reached.
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

// The table's own value under a key, never an inherited one.
export const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);
