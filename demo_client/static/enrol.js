/** The list of factors, and adding one: a choice, a panel for what was chosen, its confirmation. */

import { Enrolment, devicesHere, factors } from "/identity/static/trifactor.js";
import { stopWaiting } from "./arrival.js";
import { METHODS } from "./enrol_methods.js";
import { line } from "./lines.js";
import { $, $$, addressed, alertIn, busily, calm, explain, local, onSend, say } from "./page.js";

const chooser = $("#chooser");
const adder = $("#add-factor");
const panels = $$("[data-panel]");
const panelOf = (name) => panels.find(({ dataset }) => dataset.panel === name);

/** What is being added: its wish (`label`, `replaces`), what was typed for it, the enrolment. */
let adding = null;
let wired = null;

/**
 * Wire what there is. `begin(method, label, wish)` opens an enrolment (with a step-up where one is
 * asked), `bound(factor)` follows when it is confirmed.
 */
export function enrolling(begin, bound) {
  wired = { begin, bound };
  for (const panel of panels) wire(panel);
  adder?.addEventListener("click", () => (chooser.hidden ? choosing() : resting()));
  for (const option of $$("[data-enrol]")) {
    const { enrol } = option.dataset;
    option.addEventListener("click", () => busily(option, chooser, () => choose(enrol)));
  }
}

function wire(panel) {
  const [begin, confirm] = [$("[data-begin]", panel), $("[data-confirm]", panel)];
  if (begin) onSend(begin, (values) => started(panel, values), panel);
  if (confirm) onSend(confirm, (values) => confirmed(panel, values), panel);
  $("[data-back]", panel)?.addEventListener("click", choosing);
  const again = $("[data-again]", panel);
  again?.addEventListener("click", () => busily(again, panel, () => started(panel, adding.values)));
  METHODS[panel.dataset.panel].wire?.(panel);
}

/**
 * Begin to add one. What has to be asked first has a form for it; the rest begins at once. `wish`
 * may say which factor it replaces, and what that one is called.
 */
export async function choose(name, wish = {}) {
  const panel = panelOf(name);
  adding = { wish, values: {}, enrolment: null };
  if (!$("[data-begin]", panel)) {
    await started(panel, {});
    return;
  }
  shown(panel, "begin");
  METHODS[name].asking?.(panel, wish);
}

/** Open an enrolment, and show what it offers. Where the browser can answer by itself, it does. */
async function started(panel, values) {
  const name = panel.dataset.panel;
  const { wish } = (adding ??= { wish: {} }); // a page may have one panel and no choice
  adding.values = values;
  const label = values.label?.trim() || wish.label || say(`method.${name}`);
  const asked = { address: addressed(values.address), replaces: wish.replaces };
  const enrolment = await wired.begin(name, label, asked);
  const { finish, unfit, offered } = METHODS[name];
  if (finish) {
    await bound(await finish(enrolment, values).catch(said(panel)));
    return;
  }
  const fault = unfit?.(enrolment.offer);
  if (fault) throw fault;
  adding.enrolment = enrolment;
  shown(panel, "confirm");
  offered(panel, enrolment);
}

/** Rethrow an error as one of this panel's method, which may have words of its own for it. */
const said = (panel) => (error) => {
  throw Object.assign(error, { about: panel.dataset.panel });
};

async function confirmed(panel, values) {
  const { response, refused } = METHODS[panel.dataset.panel];
  try {
    const answer = response(panel, values);
    if (answer) await bound(await adding.enrolment.confirm(answer)); // else there is more to come
  } catch (error) {
    if (OVER.includes(error.code)) {
      choosing();
      alertIn(chooser, explain(error));
      return;
    }
    refused?.(panel);
    said(panel)(error);
  }
}

/** Codes after which an enrolment is of no more use. */
const OVER = ["expired", "unknown", "conflict"];

async function bound(factor) {
  resting();
  await wired.bound(factor);
}

/** Show one panel, and of it the form for `part`: what is asked first, or what is offered. */
function shown(panel, part) {
  emptied();
  if (chooser) chooser.hidden = true;
  panel.hidden = false;
  calm(panel);
  for (const form of $$("form", panel)) {
    form.hidden = !(part in form.dataset);
    form.reset();
  }
  $("h3", panel).focus();
}

/** Show what may be added. */
function choosing() {
  resting();
  if (!chooser) return;
  chooser.hidden = false;
  adder?.setAttribute("aria-expanded", "true");
  $("[data-enrol]", chooser).focus();
}

/** Go back to where nothing is being added: what was offered must not stay on the page. */
function resting() {
  stopWaiting();
  emptied();
  adding = null;
  if (!chooser) return;
  calm(chooser);
  chooser.hidden = Boolean(adder);
  adder?.setAttribute("aria-expanded", "false");
}

/** Hide every panel (where there is a choice of them), and take its secrets off the page. */
function emptied() {
  for (const panel of panels) {
    panel.hidden = Boolean(chooser);
    for (const image of $$("img", panel)) image.removeAttribute("src");
    for (const link of $$("form a[href^='data:'], a[data-uri]", panel)) link.removeAttribute("href");
    for (const place of $$("code, ol, thead, tbody", panel)) place.replaceChildren();
  }
}

/** Open an enrolment without more ado: in an activation session nothing more is asked. */
export const begin = (method, label, wish) => Enrolment.begin(method, label, wish);

/** What a factor is called: by its owner, else by its method. */
export const named = (factor) => factor.label || say(`method.${factor.method}`);

/** Draw the list of factors; `tools(factor, item)` may add buttons, `item()` being the line. */
export async function listFactors(tools = () => []) {
  const found = await factors();
  const here = await devicesHere(document.body.dataset.account, found).catch(() => []);
  $("#bound").replaceChildren(...found.map((factor) => factorLine(factor, tools, here)));
  for (const option of $$("[data-one]")) {
    const has = found.some(({ method }) => method === option.dataset.enrol);
    $(".has", option).hidden = !has;
  }
}

function factorLine(factor, tools, here) {
  const kind = say(`method.${factor.method}`);
  const item = line(named(factor), [
    named(factor) !== kind && kind,
    here.includes(factor.id) && say("device.this"),
    say("bound_at", { at: local(factor.bound_at) }),
    factor.last_used_at && say("used_at", { at: local(factor.last_used_at) }),
    factor.fresh_until && say("fresh_until", { at: local(factor.fresh_until) }),
  ], tools(factor, () => item));
  return item;
}
