/** Lists of things with something to do about each. */

import { onPress } from "./page.js";

/** One line: what it is, facts about it in small print (empty ones are left out), and its tools. */
export function line(title, facts, tools = []) {
  const item = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = title;
  const small = document.createElement("small");
  small.textContent = facts.filter(Boolean).join(" · ");
  const words = document.createElement("span");
  words.append(name, small);
  item.append(words);
  if (tools.length) {
    const deeds = document.createElement("div");
    deeds.className = "deeds";
    deeds.append(...tools);
    item.append(deeds);
  }
  return item;
}

/** A button of a line. `name` says what it does, and to which: a list has many of them. */
export function tool(text, name, work, area) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = text;
  button.setAttribute("aria-label", name);
  onPress(button, work, area);
  return button;
}
