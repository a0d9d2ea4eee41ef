// The lab's page: what was found is in #data and, packed, in #transcripts-N. Nothing is fetched.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const state = { lang: "en", profile: 0, only: false, shown: null };
  const SIGN = { yes: "✓", no: "–", bad: "!", none: "·" };
  const t = (id, values = {}) => {
    const found = data.texts[id];
    const said = found ? found[state.lang] : id;
    return said.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  };
  const known = (id, fallback) => (data.texts[id] ? t(id) : fallback);
  const kind = (index) => known(`kind.${data.kinds[index]}`, data.kinds[index]);
  const operation = (name) => known(`operation.${name}`, name);
  const number = (value) => value.toLocaleString(state.lang);

  // A small DOM: make("p", {class: "x", onclick: f}, "text", node)
  function make(tag, given = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== null) node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  const keyOf = (indices) => [...new Set(indices)].sort((a, b) => a - b).join("-");
  const runOf = (part, indices) => part.runs[keyOf(indices)];
  // A run is [allowed, differs, ms]; what was not run is told apart from what was refused.
  const look = (run) => (run === undefined ? "none" : run[1] ? "bad" : run[0] ? "yes" : "no");
  const WORD = { yes: "allowed", no: "refused", bad: "difference", none: "not_run" };
  const word = (run) => t(WORD[look(run)]);
  const names = (indices) => [...new Set(indices)].map(kind).join(" + ");
  const cell = (run, more = "", extra = "") => {
    const seen = look(run);
    const made = make("span", { class: `cell ${seen} ${extra}`, "aria-hidden": "true" }, SIGN[seen]);
    if (more) made.append(make("small", {}, more));
    return made;
  };
  // Chinese stands upright in a column; other scripts are turned.
  const heading = (text) => make("span", { class: /^[⺀-鿿]+$/.test(text) ? "cjk" : "" }, text);

  function renderTexts() {
    document.documentElement.lang = state.lang;
    document.title = `Trifactor · ${t("title")}`;
    for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
    for (const node of document.querySelectorAll("[data-label]")) {
      node.setAttribute("aria-label", t(node.dataset.label));
    }
    for (const button of document.querySelectorAll("[data-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === state.lang));
    }
  }

  function renderSums() {
    const minutes = Math.floor(data.seconds / 60);
    const seconds = Math.round(data.seconds % 60);
    const rows = [
      ["sum.runs", number(data.totals.runs)],
      ["sum.wrong", number(data.totals.wrong)],
      ["sum.differences", number(data.totals.differences)],
      ["sum.skipped", number(data.totals.skipped)],
      ["sum.time", minutes ? t("duration", { minutes, seconds }) : `${data.seconds.toFixed(1)} s`],
      ["sum.began", new Date(data.began).toLocaleString(state.lang, { dateStyle: "medium", timeStyle: "short" })],
    ];
    byId("sums").replaceChildren(
      ...rows.map(([id, value]) =>
        make("div", { class: id === "sum.differences" && data.totals.differences ? "bad" : "" },
          make("dt", {}, t(id)), make("dd", {}, value))),
    );
    const bad = data.totals.differences > 0;
    byId("verdict").className = bad ? "bad" : "good";
    byId("verdict").textContent = bad
      ? t("some_differences", { n: number(data.totals.differences) })
      : t("no_differences");
  }

  const withRuns = () => data.profiles.map((profile, at) => [profile, at]).filter(([p]) => p.parts.length);

  function renderOverview() {
    const shown = withRuns();
    const operations = [...new Set(shown.flatMap(([p]) => p.parts.map((part) => part.operation)))];
    const head = make("tr", {}, make("th", { scope: "col" }, t("operation")),
      ...shown.map(([profile]) => make("th", { scope: "col" }, profile.name)));
    const rows = operations.map((name) =>
      make("tr", {}, make("th", { scope: "row" }, operation(name)),
        ...shown.map(([profile, at]) => make("td", {}, overviewCell(profile, at, name)))));
    byId("overview").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
  }

  function overviewCell(profile, at, name) {
    const part = profile.parts.find((each) => each.operation === name);
    if (!part) return "·";
    const runs = Object.values(part.runs);
    const allowed = runs.filter((run) => run[0]).length;
    const bad = runs.filter((run) => run[1]).length;
    const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("i"));
    bar.firstChild.style.width = `${(100 * allowed) / runs.length}%`;
    return make("button", {
      type: "button",
      onclick: () => { choose(at); byId(`m-${at}-${name}`).scrollIntoView({ block: "center" }); },
    }, `${allowed} / ${runs.length} `, bad ? make("span", { class: "mark" }, `! ${bad}`) : null, bar);
  }

  function renderProfiles() {
    byId("profiles").replaceChildren(...data.profiles.map((profile, at) =>
      make("button", {
        type: "button", role: "tab", id: `tab-${at}`, "aria-controls": "grids",
        "aria-selected": String(at === state.profile), tabindex: at === state.profile ? "0" : "-1",
        onclick: () => choose(at), onkeydown: (event) => tabKey(event, at),
      }, profile.name)));
  }

  function tabKey(event, at) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    choose((at + step + data.profiles.length) % data.profiles.length);
    byId(`tab-${state.profile}`).focus();
    event.preventDefault();
  }

  function choose(at) {
    state.profile = at;
    renderProfiles();
    renderGrids();
    renderWrong();
  }

  function renderLegend() {
    byId("legend").replaceChildren(...["yes", "no", "bad"].map((seen) =>
      make("li", {}, make("span", { class: `cell ${seen}`, "aria-hidden": "true" }, SIGN[seen]), t(WORD[seen]))));
    byId("kinds").replaceChildren(...data.kinds
      .filter((name) => data.texts[`about.${name}`])
      .map((name) => make("p", {}, t(`about.${name}`))));
  }

  function renderGrids() {
    const profile = data.profiles[state.profile];
    const parts = profile.parts.filter((part) => !state.only || Object.values(part.runs).some((run) => run[1]));
    byId("grids").classList.toggle("differences", state.only);
    byId("grids").replaceChildren(...parts.map((part) => matrix(profile, part)));
    byId("nothing").hidden = !(state.only && parts.length === 0 && profile.parts.length);
  }

  function matrix(profile, part) {
    const title = `m-${state.profile}-${part.operation}`;
    const clauses = part.clauses.join(" · ");
    const columns = part.kinds;
    const head = make("tr", {}, make("td"),
      ...columns.map((index) => make("th", { scope: "col" }, heading(kind(index)))));
    const rows = columns.map((row, y) => make("tr", {}, make("th", { scope: "row" }, kind(row)),
      ...columns.map((column, x) => gridCell(profile, part, row, column, x === 0 && y === 0))));
    const table = make("table", {
      class: "grid", role: "grid", "aria-labelledby": `${title}-h`,
      onkeydown: (event) => gridKey(event, columns.length),
    }, make("thead", {}, head), make("tbody", {}, ...rows));
    return make("article", { class: "matrix", id: title },
      make("header", {}, make("h3", { id: `${title}-h` }, operation(part.operation))),
      make("p", { class: "clauses" }, clauses),
      part.openedBy.length ? make("p", { class: "opened" }, `${t("detail.opened_by")} ${opener(part)}`) : null,
      make("div", { class: "scroll" }, table));
  }

  function gridCell(profile, part, row, column, isFirst) {
    const pair = [row, column];
    const run = runOf(part, pair);
    const more = run && !run[0] ? helping(part, pair) : 0;
    const bad = thirdsOf(part, pair).some((third) => runOf(part, [...pair, third])?.[1]);
    const label = `${names(pair)}: ${word(run)}${bad ? ` (${t("difference")})` : ""}`;
    const drawn = cell(run, bad && look(run) !== "bad" ? "!" : more ? `+${more}` : "", row === column ? "alone" : "");
    if (bad && !run?.[1]) drawn.classList.add("inside");
    return make("td", {
      role: "gridcell", tabindex: isFirst ? "0" : "-1", "aria-label": label, title: label,
      onclick: (event) => { focusCell(event.currentTarget); open(profile, part, pair); },
    }, drawn);
  }

  const opener = (part) => part.openedBy.map((name) => known(`kind.${name}`, name)).join(" + ");
  const thirdsOf = (part, pair) => part.kinds.filter((index) => !pair.includes(index));
  const helping = (part, pair) =>
    thirdsOf(part, pair).filter((third) => runOf(part, [...pair, third])?.[0]).length;

  function focusCell(td) {
    for (const other of td.closest("table").querySelectorAll('td[tabindex="0"]')) other.tabIndex = -1;
    td.tabIndex = 0;
    td.focus();
  }

  function gridKey(event, size) {
    const td = event.target.closest("td");
    if (!td) return;
    const cells = [...td.closest("tbody").querySelectorAll("td")];
    const at = cells.indexOf(td);
    const row = Math.floor(at / size);
    const to = {
      ArrowRight: at % size < size - 1 ? at + 1 : at, ArrowLeft: at % size ? at - 1 : at,
      ArrowDown: at + size < cells.length ? at + size : at, ArrowUp: at >= size ? at - size : at,
      Home: row * size, End: row * size + size - 1,
    }[event.key];
    if (to !== undefined) focusCell(cells[to]);
    else if (event.key === "Enter" || event.key === " ") td.click();
    else return;
    event.preventDefault();
  }

  function renderWrong() {
    const profile = data.profiles[state.profile];
    const rows = data.ways.filter((way) => profile.wrong.some((run) => run.way === way &&
      (!state.only || run.differs)));
    const columns = data.wrongKinds.filter((name) => profile.wrong.some((run) => run.kind === name));
    const head = make("tr", {}, make("th", { scope: "col" }, t("way")),
      ...columns.map((name) => make("th", { scope: "col" }, heading(known(`kind.${name}`, name)))));
    const body = rows.map((way) => make("tr", {}, make("th", { scope: "row" }, known(`way.${way}`, way)),
      ...columns.map((name) => make("td", {}, wrongCell(profile, way, name)))));
    byId("wrong").replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
  }

  function wrongCell(profile, way, name) {
    const run = profile.wrong.find((each) => each.way === way && each.kind === name);
    if (!run) return "";
    const seen = run.differs ? "bad" : "yes";
    const label = `${known(`way.${way}`, way)}, ${known(`kind.${name}`, name)}: ${run.actual}`;
    return make("button", {
      type: "button", class: `cell ${seen}`, "aria-label": label, title: label,
      onclick: () => openWrong(profile, run),
    }, SIGN[seen]);
  }

  function renderSkipped() {
    const head = make("tr", {}, ...["policy", "skipped.what", "skipped.why"].map((id) =>
      make("th", { scope: "col" }, t(id))));
    const named = (name) => known(`kind.${name}`, known(`operation.${name}`, known(`way.${name}`, name)));
    const rows = data.skipped.map((row) => {
      const ways = row.ways.map((name) => named(name)).join(", ");
      const what = [...row.what.map(named), ...(ways ? [`${t("why.wrong_ways")}${ways}`] : [])].join(", ");
      return make("tr", {}, ...[row.profile, what, known(row.why, row.why)].map((text) => make("td", {}, text)));
    });
    byId("skipped").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
  }

  const unpacked = new Map();
  async function transcripts(id) {
    if (!unpacked.has(id)) {
      const packed = Uint8Array.from(atob(byId(id).textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
      unpacked.set(id, await new Response(stream).json());
    }
    return unpacked.get(id);
  }

  async function open(profile, part, indices, backTo = null) {
    state.shown = () => open(profile, part, indices, backTo);
    const unique = [...new Set(indices)];
    const run = runOf(part, unique);
    byId("detail-title").textContent = `${names(unique)} · ${operation(part.operation)} · ${profile.name}`;
    const body = byId("detail-body");
    body.replaceChildren();
    if (unique.length > 1 && backTo) {
      body.append(make("p", {}, make("button", {
        type: "button", class: "plain", onclick: () => open(profile, part, backTo),
      }, t("detail.back"))));
    }
    if (run) body.append(facts(part, run));
    if (unique.length < 3) body.append(...thirds(profile, part, unique));
    show();
    if (!run) return;
    const found = await unpackedOr(body, part.transcripts);
    if (found) for (const [at, attempt] of found[keyOf(unique)].entries()) body.append(...attemptOf(attempt, at, found[keyOf(unique)].length));
  }

  async function unpackedOr(body, id) {
    try {
      return await transcripts(id);
    } catch {
      body.append(make("p", { class: "quiet" }, t("detail.no_transcript")));
      return null;
    }
  }

  const pill = (allowed, bad) => make("span", { class: `pill ${bad ? "bad" : allowed ? "yes" : ""}` },
    `${allowed ? SIGN.yes : SIGN.no} ${t(allowed ? "allowed" : "refused")}`);

  function facts(part, run) {
    const list = make("dl", { class: "facts" });
    const add = (id, ...value) => list.append(make("dt", {}, t(id)), make("dd", {}, ...value));
    add("detail.service", pill(run[0], run[1]), run[1] ? ` ${t("difference")}` : "");
    add("detail.time", `${run[2]} ms`);
    add("detail.clauses", part.clauses.join(" · ") || "–");
    if (part.openedBy.length) add("detail.opened_by", opener(part));
    return list;
  }

  function thirds(profile, part, pair) {
    const items = thirdsOf(part, pair).filter((third) => runOf(part, [...pair, third])).map((third) => {
      const run = runOf(part, [...pair, third]);
      return make("li", {}, make("button", {
        type: "button", "aria-label": `${kind(third)}: ${word(run)}`,
        onclick: () => open(profile, part, [...pair, third], pair),
      }, cell(run), kind(third)));
    });
    return items.length ? [make("h3", {}, t("detail.third")), make("ul", { class: "thirds" }, ...items)] : [];
  }

  function attemptOf(attempt, at, count) {
    const title = count > 1 ? `${t("detail.try", { n: at + 1 })} · ${t("detail.tries")}` : t("detail.tries");
    const steps = attempt.shown.map(([name, came, code]) => make("li", {},
      make("b", {}, known(`kind.${name}`, name)), " ",
      make("span", {}, `${known(`came.${came}`, came)}${code && came !== "not_offered" ? ` (${code})` : ""}`)));
    const list = make("dl", { class: "facts" });
    const add = (id, ...value) => list.append(make("dt", {}, t(id)), make("dd", {}, ...value));
    add("detail.service", ...verdictOf(attempt.actual));
    add("detail.expected", ...verdictOf(attempt.expected));
    if (attempt.door !== null) add("detail.door", t(attempt.door ? "detail.door.open" : "detail.door.closed"));
    if (attempt.difference) add("difference", make("strong", { class: "mark" }, attempt.difference));
    return [make("h3", {}, title), make("ol", { class: "steps" }, ...steps), list,
      make("h3", {}, t("detail.transcript")), ...attempt.calls.map(callOf)];
  }

  function verdictOf([allowed, missing]) {
    const lacking = missing.map((code) => known(`missing.${code}`, code)).join(", ");
    return [pill(allowed, false), lacking ? ` ${t("detail.missing")}: ${lacking}` : ""];
  }

  function callOf(call) {
    const text = (value) => (value === null ? t("detail.nothing") : JSON.stringify(value, null, 2));
    return make("details", { class: "call" },
      make("summary", {}, make("code", {}, call.call), make("span", { class: "status" }, String(call.status)),
        make("span", { class: "ms" }, `${call.ms} ms`)),
      make("div", {}, make("h4", {}, t("detail.sent")), make("pre", { tabindex: "0" }, text(call.sent))),
      make("div", {}, make("h4", {}, t("detail.got")), make("pre", { tabindex: "0" }, text(call.got))));
  }

  async function openWrong(profile, run) {
    state.shown = () => openWrong(profile, run);
    byId("detail-title").textContent =
      `${known(`way.${run.way}`, run.way)} · ${known(`kind.${run.kind}`, run.kind)} · ${profile.name}`;
    const list = make("dl", { class: "facts" });
    const add = (id, value) => list.append(make("dt", {}, t(id)), make("dd", {}, value));
    add("detail.service", make("span", { class: `pill ${run.differs ? "bad" : "yes"}` }, run.actual));
    add("detail.expected", run.expected);
    add("detail.time", `${run.ms} ms`);
    const body = byId("detail-body");
    body.replaceChildren(list, make("h3", {}, t("detail.transcript")));
    show();
    const found = await unpackedOr(body, profile.transcripts);
    if (found) body.append(...found[`${run.way}:${run.kind}`].map(callOf));
  }

  function show() {
    const dialog = byId("detail");
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    byId("detail-title").focus();
  }

  function renderAll() {
    renderTexts();
    renderSums();
    renderOverview();
    renderProfiles();
    renderLegend();
    renderGrids();
    renderWrong();
    renderSkipped();
  }

  byId("only").addEventListener("change", (event) => {
    state.only = event.target.checked;
    renderGrids();
    renderWrong();
  });
  byId("detail-close").addEventListener("click", () => byId("detail").close());
  byId("detail").addEventListener("click", (event) => {
    if (event.target === byId("detail")) byId("detail").close();
  });
  for (const button of document.querySelectorAll("[data-lang]")) {
    button.addEventListener("click", () => {
      state.lang = button.dataset.lang;
      renderAll();
      if (byId("detail").open && state.shown) state.shown();
    });
  }
  if ((navigator.language || "").toLowerCase().startsWith("zh")) state.lang = "zh-TW";
  const worst = data.profiles.findIndex((profile) =>
    profile.parts.some((part) => Object.values(part.runs).some((run) => run[1])) ||
    profile.wrong.some((run) => run.differs));
  if (worst > 0) state.profile = worst;
  renderAll();
})();
