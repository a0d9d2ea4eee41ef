/**
 * Tells the customer while the browser does proof of work. It is shown beside the form that waits
 * for it; a screen reader is told when it begins and ends, and may ask for the bar meanwhile.
 */

import { onWork } from "/identity/static/trifactor.js";
import { $, say } from "./page.js";

const panel = $("#work");
const bar = $("[role=progressbar]", panel);
const going = new Set(); // what ends each calculation that somebody waits for
let focused = null; // what had the focus before the panel took it

onWork((progress) => {
  const { state, cancel } = progress;
  if (state === "begun") begin(cancel);
  show(progress);
  if (state === "done" || state === "stopped") end(cancel, state);
});

function begin(cancel) {
  going.add(cancel);
  if (going.size > 1) return;
  focused = document.activeElement;
  const waiting = $("form[aria-busy=true], button[aria-busy=true]");
  place(waiting ?? focused);
  panel.hidden = false;
  if (waiting) panel.scrollIntoView({ block: "nearest" }); // but not from under who still types
  tell("work.begun");
}

/** Where the customer is: after the form of this element, else at the end of its card. */
function place(element) {
  const form = element.closest("form");
  const area = element.closest("dialog, .card");
  if (form) form.after(panel);
  else if (area) area.append(panel);
  else $("#page-alert").after(panel);
}

/** The tries are drawn like lots: the bar grows ever more slowly, and is full only at the end. */
function show({ state, tries, usual, part }) {
  const percent = state === "done" ? 100 : Math.min(99, Math.floor(part * 100));
  const tally = say(tries > usual ? "work.longer" : "work.tally", { tries, usual });
  bar.setAttribute("aria-valuenow", String(percent));
  bar.setAttribute("aria-valuetext", tally);
  bar.style.setProperty("--part", `${percent}%`);
  $(".tally", panel).textContent = tally;
}

function end(cancel, state) {
  going.delete(cancel);
  if (going.size) return;
  const had = panel.contains(document.activeElement);
  panel.hidden = true;
  if (had) focused?.focus();
  tell(state === "done" ? "work.done" : "");
}

/** Said once, and out of the panel: what is hidden with it would not be said. */
function tell(id) {
  const within = panel.closest("dialog") ?? document;
  $("[data-work-told]", within).textContent = id && say(id);
}

$("[data-stop]", panel).addEventListener("click", () => {
  for (const cancel of going) cancel();
});
