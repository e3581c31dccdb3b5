// Elements without HTML: every text becomes a text node, so that none is ever markup.

// h("td", { class: "number", onclick: f }, "text", element, [more]) -> an element. Attributes that are null or false
// are left out, true ones are empty; on* are listeners.
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function replace(element, ...children) {
  element.textContent = "";
  append(element, children);
}

// An outlined icon of a 16 by 16 grid.
export function icon(path) {
  const kSvg = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(kSvg, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }))
    svg.setAttribute(name, value);
  const line = document.createElementNS(kSvg, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const kIcons = {
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  done: "M3 8.5l3.5 3.5L13 4.5",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  previous: "M10 3L5 8l5 5",
  next: "M6 3l5 5-5 5",
  theme: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
};

// A labelled choice: options are [value, text].
export function choice(label, options, value, changed) {
  const select = h("select", { onchange: () => changed(select.value) });
  for (const [key, text] of options) select.append(h("option", { value: key, selected: key === value }, text));
  return h("label", { class: "choice" }, h("span", {}, label), select);
}

export function toggle(label, on, changed) {
  const box = h("input", { type: "checkbox", onchange: () => changed(box.checked) });
  box.checked = on;
  return h("label", { class: "toggle" }, box, h("span", {}, label));
}

// A colour's meaning. `colour` is a class of the style sheet: "state-failed", "ramp".
export function legend_entry(colour, text) {
  return h("span", {}, h("i", { class: colour }), text);
}

// A trial's state, as state_text() has it.
export function state_mark(state, title = null) {
  return h("span", { class: "state", title }, h("i", { class: `state-${state}` }), state);
}

// A text to be copied, with the button that does.
export function copyable(text, label) {
  const button = h("button", { class: "icon-button", type: "button", title: `Copy ${label}`,
    "aria-label": `Copy ${label}`, onclick: () => copy(text, button) }, icon(kIcons.copy));
  return h("div", { class: "command" }, h("code", {}, text), button);
}

export async function copy(text, button) {
  const copied = await copy_text(text);
  replace(button, icon(copied ? kIcons.done : kIcons.close));
  button.classList.toggle("copied", copied);
  announce(copied ? "Copied" : "Could not copy");
  setTimeout(() => {
    replace(button, icon(kIcons.copy));
    button.classList.remove("copied");
  }, 1500);
}

async function copy_text(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {  // not allowed here, as in a file opened from a disk
    const area = h("textarea", { class: "off-screen", readonly: true });
    area.value = text;
    (document.querySelector("dialog[open]") || document.body).append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}

// To those who hear the page.
export function announce(text) {
  const place = document.getElementById("announcements");
  if (place) place.textContent = text;
}
