/**
 * What each factor needs on the page while it is being added. Of every method:
 *
 *     wire(panel)                 once, when the page is loaded
 *     asking(panel, wish)         what has to be asked before it begins
 *     unfit(offer)                why the offer is of no use, if it is of none
 *     offered(panel, enrolment)   show what the service offers
 *     response(panel, values)     the confirmation; nothing where there is more to come
 *     refused(panel)              the confirmation was refused
 *     finish(enrolment, values)   instead of these: the browser confirms by itself
 */

import { session } from "/identity/static/trifactor.js";
import { tellArrival } from "./arrival.js";
import { askCells, typedCells } from "./cells.js";
import { $, onPress, say } from "./page.js";
import { patternPad } from "./pattern.js";
import { printOnly } from "./print.js";

const generator = {
  offered(panel, { offer: { qr, secret, uri } }) {
    $("[data-qr]", panel).src = qr;
    $("[data-secret]", panel).textContent = secret.replace(/(.{4})(?=.)/g, "$1 ");
    $("[data-uri]", panel).href = uri;
    $("input", panel).focus();
  },
  response: (_panel, { code }) => ({ code: code.replace(/\s/g, "") }),
};

const sentCode = {
  unfit: ({ to }) => (to ? null : refusal("no_address")),
  offered(panel, enrolment) {
    tellArrival(panel, enrolment.offer, (signal) => enrolment.arriving(signal));
    $("[data-sent] input", panel).focus();
  },
  response: generator.response,
};

const passkey = { finish: (enrolment) => enrolment.passkey() };

const device = {
  asking(panel, { label }) {
    const entry = $("[name=label]", panel);
    entry.value = label ?? browserName();
    entry.select();
  },
  async finish(enrolment, { phone }) {
    const { account } = await session();
    return enrolment.device(account.name, { phone: phone !== undefined });
  },
};

const card = {
  wire: (panel) => printing(panel, "[data-card]"),
  offered(panel, { offer }) {
    $("[data-card]", panel).src = offer.svg;
    const link = $("[data-pdf]", panel);
    link.href = offer.pdf;
    link.download = `card-${offer.serial}.pdf`;
    const [head, body] = [$("thead", panel), $("tbody", panel)];
    head.append(row("th", ["", ...offer.columns], "col"));
    body.append(...offer.rows.map((name, at) => row("td", [name, ...offer.cells[at]], "row")));
    askCells($(".cells", panel), offer);
  },
  response: (panel) => ({ cells: typedCells($(".cells", panel)) }),
};

const codes = {
  wire(panel) {
    printing(panel, ".codes");
    const copy = $("[data-copy]", panel);
    onPress(copy, async () => {
      await navigator.clipboard.writeText(listed(panel));
      $("[data-copied]", panel).textContent = say("copied");
    }, panel);
  },
  offered(panel, { offer }) {
    $("[data-copied]", panel).textContent = "";
    $("ol", panel).append(...offer.codes.map((code) => element("li", element("code", code))));
    const link = $("[data-file]", panel);
    link.href = `data:text/plain;charset=utf-8,${encodeURIComponent(listed(panel))}`;
    link.download = "recovery-codes.txt";
  },
  response: () => ({ saved: true }),
};

/** The codes with a heading, one a line: a file of bare codes is a riddle a year later. */
const listed = (panel) =>
  [document.title, ...[...$("ol", panel).children].map((item) => item.textContent), ""].join("\n");

/** What this page refuses by itself, said in the same way as what the service refuses. */
const refusal = (reason) => Object.assign(new Error(reason), { code: "enrolment_refused", reason });

let pad = null;
let drawn = null; // the first of the two drawings
let least = 0;

const pattern = {
  wire(panel) {
    pad = patternPad($(".pad", panel));
  },
  offered(panel, { offer }) {
    least = offer.minimum;
    pad.show(offer);
    round(panel, null);
  },
  response(panel) {
    if (pad.nodes.length < least) throw refusal("too_short");
    if (drawn === null) {
      round(panel, pad.nodes);
      return null;
    }
    const answer = { pattern: drawn, again: pad.nodes };
    if (drawn.join() !== pad.nodes.join()) throw refusal("not_the_same");
    return answer;
  },
  refused(panel) {
    round(panel, null);
  },
};

function round(panel, first) {
  drawn = first;
  pad.clear();
  $(".round", panel).textContent = say(first ? "pattern.again" : "pattern.draw", { count: least });
  pad.focus();
}

export const METHODS = {
  totp: generator,
  hotp: generator,
  sms_otp: sentCode,
  mail_otp: sentCode,
  webauthn: passkey,
  device,
  grid_card: card,
  recovery_codes: codes,
  pattern,
};

function printing(panel, part) {
  onPress($("[data-print]", panel), () => printOnly($(part, panel)), panel);
}

/** What to call this browser: its own words where it has any for that. */
function browserName() {
  const { brands = [], platform = "" } = navigator.userAgentData ?? {};
  const brand = brands.map((one) => one.brand).find((name) => !name.includes("Brand"));
  return brand && platform ? say("device.name", { brand, platform }) : say("method.device");
}

function element(name, content) {
  const made = document.createElement(name);
  made.append(content);
  return made;
}

function row(kind, cells, scope) {
  const made = document.createElement("tr");
  cells.forEach((text, at) => {
    const heads = text && (kind === "th" || at === 0);
    const cell = element(heads ? "th" : "td", text);
    if (heads) cell.scope = scope;
    made.append(cell);
  });
  return made;
}
