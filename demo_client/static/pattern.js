/**
 * The grid a pattern is drawn on. Its nodes are buttons, so whoever cannot or will not draw clicks
 * them one by one, or walks them with the arrow keys and presses Space. What was drawn is listed in
 * words beside it, and can be hidden like a password.
 */

import { $, $$, say } from "./page.js";
import { joined, row } from "./stroke.js";

const REACH = 0.27; // of the distance between two nodes: who is nearer is on the node

/** Make a pad of the empty one at `place` (macro `pad`). `show` it before it is used. */
export function patternPad(place) {
  const pad = { nodes: [], columns: 0, show, clear: () => draw([]), focus: () => buttons[0]?.focus() };
  const board = $(".nodes", place);
  const line = $("polyline", board);
  let buttons = [];
  let stroke = null; // what the pointer does that is down
  let dragged = false; // the pattern came of one stroke: the next begins another

  function show({ rows, columns }) {
    pad.columns = columns;
    buttons = Array.from({ length: rows * columns }, (_, node) => button(node, columns));
    board.replaceChildren(line.ownerSVGElement, ...buttons);
    board.style.setProperty("--columns", columns);
    line.ownerSVGElement.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    draw([]);
    roving(buttons[0]);
  }

  function draw(nodes) {
    pad.nodes = nodes;
    dragged = false;
    buttons.forEach((one, node) => one.setAttribute("aria-pressed", String(nodes.includes(node))));
    line.setAttribute("points", nodes.map((node) => middle(node).join()).join(" "));
    tell();
  }

  function tell() {
    const hidden = place.classList.contains("covered");
    const { nodes } = pad;
    const names = nodes.map((node) => node + 1).join(" → ");
    const words = hidden ? say("pattern.count", { count: nodes.length }) : names;
    $("output", place).textContent = nodes.length ? words : say("pattern.none");
  }

  const visit = (node) => draw(joined(pad.nodes, node, pad.columns));
  const middle = (node) => [(node % pad.columns) + 0.5, row(node, pad.columns) + 0.5];

  function roving(to) {
    for (const one of buttons) one.tabIndex = one === to ? 0 : -1;
  }

  board.addEventListener("focusin", ({ target }) => roving(target));
  board.addEventListener("click", ({ target }) => {
    const node = buttons.indexOf(target); // after a pointer this node is visited already
    if (node >= 0 && !pad.nodes.includes(node)) visit(node);
  });
  board.addEventListener("keydown", (event) => {
    if (["Backspace", "Delete"].includes(event.key)) draw(pad.nodes.slice(0, -1));
    const to = neighbour(buttons.indexOf(event.target), event.key);
    if (to === null) return;
    event.preventDefault();
    buttons[to]?.focus();
  });

  /** The node that an arrow key leads to, -1 where there is none, null for another key. */
  function neighbour(node, key) {
    const { columns } = pad;
    const column = node % columns;
    if (key === "ArrowLeft") return column > 0 ? node - 1 : -1;
    if (key === "ArrowRight") return column < columns - 1 ? node + 1 : -1;
    if (key === "ArrowUp") return node - columns;
    if (key === "ArrowDown") return node + columns;
    return null;
  }

  board.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    if (dragged) draw([]);
    stroke = { at: at(event), visited: 0 };
    follow(event);
  });
  document.addEventListener("pointermove", (event) => {
    if (!stroke || !event.isPrimary) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) follow(move);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => {
      if (stroke?.visited > 1) dragged = true;
      stroke = null;
    });
  }

  /** Visit what lies between where the pointer was and where it is: it moves in jumps. */
  function follow(event) {
    const [to, from] = [at(event), stroke.at];
    const steps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / (REACH / 2)) || 1;
    for (let step = 1; step <= steps; step += 1) {
      const part = step / steps;
      touch(from.map((start, axis) => start + (to[axis] - start) * part));
    }
    stroke.at = to;
  }

  function touch(point) {
    const near = (node) => Math.hypot(...middle(node).map((x, axis) => x - point[axis])) < REACH;
    const node = buttons.findIndex((_, number) => near(number));
    if (node < 0 || pad.nodes.includes(node)) return;
    visit(node);
    stroke.visited += 1;
  }

  /** Where an event was, in nodes from the board's left upper corner. */
  function at({ clientX, clientY }) {
    const { left, top, width } = board.getBoundingClientRect();
    const pitch = width / pad.columns;
    return [(clientX - left) / pitch, (clientY - top) / pitch];
  }

  $("[data-clear]", place).addEventListener("click", () => draw([]));
  $("[data-cover]", place).addEventListener("click", ({ currentTarget }) => {
    const covered = place.classList.toggle("covered");
    currentTarget.setAttribute("aria-pressed", String(covered));
    tell();
  });
  return pad;
}

function button(node, columns) {
  const made = document.createElement("button");
  made.type = "button";
  made.tabIndex = -1;
  made.textContent = String(node + 1);
  const place = { number: node + 1, row: row(node, columns) + 1, column: (node % columns) + 1 };
  made.setAttribute("aria-label", say("pattern.node", place));
  return made;
}
