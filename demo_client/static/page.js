/** What every page does: texts, forms and their errors, steps, revealing a password, signing out. */

import { signOut } from "/identity/static/trifactor.js";

const SECOND = 1000; // milliseconds
const MINUTE = 60; // seconds
const TEXTS = JSON.parse(document.querySelector("meta[name=texts]").content);

export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

/** One text of the catalogue (ids without their "say."), with its blanks filled in. */
export function say(id, values = {}) {
  const text = TEXTS[`say.${id}`] ?? "";
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/**
 * What to tell the customer about an error: our own words, else the service's. `about` is the
 * method it came from, where that has words of its own for it.
 */
export function explain(error) {
  const words = [`${error.about}.${error.reason}`, error.reason, error.code];
  const known = words.find((word) => word && `say.error.${word}` in TEXTS);
  const text = known ? say(`error.${known}`) : error.problem?.title || say("error.other");
  const missing = error.code === "conflict" ? (error.problem?.missing ?? []) : [];
  const wait = error.retryAfter ? patience(error.retryAfter) : "";
  return [text, ...missing.map((asked) => asked.text), wait].filter(Boolean).join(" ");
}

const patience = (seconds) =>
  seconds < 2 * MINUTE
    ? say("wait", { seconds })
    : say("wait_minutes", { minutes: Math.ceil(seconds / MINUTE) });

/** Say something in the alert of `area`, and put the focus where it can be mended. */
export function alertIn(area, text, field = null) {
  const alert = $("[role=alert]", area);
  alert.textContent = text;
  alert.hidden = false;
  for (const entry of $$("[aria-invalid]", area)) entry.removeAttribute("aria-invalid");
  field?.setAttribute("aria-invalid", "true");
  (field ?? alert).focus();
}

/** Take back what `alertIn` said. */
export function calm(area) {
  const alert = $("[role=alert]", area);
  if (alert) {
    alert.hidden = true;
    alert.textContent = "";
  }
  $(".again", area)?.remove();
  for (const entry of $$("[aria-invalid]", area)) entry.removeAttribute("aria-invalid");
}

/**
 * Run `work` when the form is sent, once at a time. Its errors show in `area`'s alert.
 * `work` gets the form's values by name.
 */
export function onSend(form, work, area = form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (filledIn(form, area)) busily(form, area, () => work(values(form)));
  });
}

/** The same for a button that is not a form's own. */
export function onPress(button, work, area) {
  button.addEventListener("click", () => busily(button, area, work));
}

/** Show one step of the page, mark it in the progress and move the focus to its heading. */
export function step(number, shown = $(`[data-step="${number}"]`)) {
  for (const card of $$("[data-step]")) card.hidden = card !== shown;
  $$(".steps li").forEach((item, index) => {
    item.classList.toggle("past", index < number);
    if (index === number) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
  $("h2, h1", shown)?.focus();
}

/** A time of the service, as this page's readers write it. */
export function local(time) {
  const style = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(document.documentElement.lang, style).format(new Date(time));
}

/**
 * A telephone number or mail address as the service wants it: who writes 0912-345-678 to a broker
 * in Taiwan means +886912345678 (E.164).
 */
export function addressed(text = "") {
  const typed = text.trim();
  return typed.includes("@") ? typed : typed.replace(/[\s()-]/g, "").replace(/^0/, "+886");
}

/** Where to go after signing in: `?next=`, if it is a page of ours. */
export function next() {
  const { home } = document.body.dataset;
  const target = new URL(new URLSearchParams(location.search).get("next") ?? home, location.origin);
  return target.origin === location.origin ? target.href : home;
}

/**
 * Fill a page that is for whoever is signed in. The session may have ended a moment ago, elsewhere:
 * then it leads to signing in, and back here.
 */
export async function fill(work) {
  try {
    await work();
  } catch (error) {
    if (error.code === "not_signed_in") {
      location.assign(`${document.body.dataset.login}?next=${location.pathname}`);
      return;
    }
    if (!error.code) console.error(error);
    alertIn($("#page-alert"), explain(error));
  }
}

function values(form) {
  return Object.fromEntries(new FormData(form));
}

/** Run `work`, once at a time for `element`. What goes wrong is told in `area`'s alert. */
export async function busily(element, area, work) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  calm(area);
  try {
    await work();
  } catch (error) {
    if (!error.code) console.error(error);
    alertIn(area, explain(error), error.field ?? element.elements?.[error.problem?.field] ?? null);
    if (error.retryAfter) offerAgain(element, area, error.retryAfter);
  } finally {
    element.removeAttribute("aria-busy");
  }
}

/**
 * Offer to do it again, once the service would look at it: a button that counts down meanwhile. Not
 * every second of it is said to a screen reader, only that the time has come.
 */
function offerAgain(element, area, seconds) {
  const offer = $("#again").content.cloneNode(true).firstElementChild;
  const [button, told] = [$("button", offer), $("[role=status]", offer)];
  const until = Date.now() + seconds * SECOND;
  const count = () => {
    const left = Math.ceil((until - Date.now()) / SECOND);
    button.disabled = left > 0;
    button.textContent = left > 0 ? say("again_in", { time: clock(left) }) : say("again");
    if (left > 0 && offer.isConnected) setTimeout(count, SECOND);
    else if (left <= 0) told.textContent = say("again_now");
  };
  button.addEventListener("click", () => {
    ($("[type=submit]", element) ?? element).focus(); // this button goes
    (element.requestSubmit ?? element.click).call(element);
  });
  $("[role=alert]", area).after(offer);
  count();
}

const clock = (seconds) =>
  `${Math.floor(seconds / MINUTE)}:${String(seconds % MINUTE).padStart(2, "0")}`;

/** Our own words instead of the browser's bubbles: they are in the page's language and stay. */
function filledIn(form, area) {
  const wrong = $$("input, select", form).find((entry) => !entry.validity.valid);
  if (!wrong) return true;
  const label = wrong.labels[0]?.textContent ?? "";
  alertIn(area, say(wrong.validity.valueMissing ? "fill_in" : "not_right", { label }), wrong);
  return false;
}

for (const button of $$("[data-reveal]")) {
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

const out = $("#sign-out");
if (out) {
  onPress(out, async () => {
    await signOut();
    location.assign("/");
  }, $("#page-alert"));
}
