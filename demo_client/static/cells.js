/** Fields for the cells of a password card, one each; all of them may be pasted into any. */

import { $, $$, say } from "./page.js";

/** Put a field for every cell asked into `place` (macro `cells`). */
export function askCells(place, { serial, asked }) {
  $("legend", place).textContent = say("card.cells", { serial });
  const fields = asked.map((cell) => field(place, cell));
  $(".pair", place).replaceChildren(...fields.map(({ box }) => box));
  place.onpaste = (event) => {
    const parts = split(event.clipboardData.getData("text"), fields.length);
    if (!parts) return;
    event.preventDefault();
    fields.forEach(({ entry }, index) => { entry.value = parts[index]; });
  };
}

/** What was typed, by cell. */
export const typedCells = (place) =>
  Object.fromEntries($$("input", place).map(({ name, value }) => [name, value.trim()]));

function field(place, cell) {
  const box = $("template", place).content.cloneNode(true).firstElementChild;
  const entry = $("input", box);
  entry.id = `${place.id}-${cell}`;
  entry.name = cell;
  const label = $("label", box);
  label.htmlFor = entry.id;
  label.textContent = say("card.cell", { cell });
  return { box, entry };
}

/** Cut what was pasted into `count` parts: at spaces and commas, else into equal ones. */
function split(text, count) {
  const parts = text.trim().split(/[\s,;]+/).filter(Boolean);
  if (parts.length === count) return parts;
  const whole = parts.join("");
  const size = whole.length / count;
  if (count < 2 || size < 2 || !Number.isInteger(size)) return null;
  return Array.from({ length: count }, (_, part) => whole.slice(part * size, (part + 1) * size));
}
