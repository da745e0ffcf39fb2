// The pilot checklist, to be followed on its page: stopwatch, progress, signatures. The log has the shape of
// contracts/pilot-log.schema.json. It is kept in this browser and, on a portal that `wherry portal serve` serves, in
// pilots/<team>.yaml. What a run has to show is not ticked here: `wherry pilot done` decides it.
(() => {
  const place = document.querySelector(".follow");
  if (!place) return;
  const list = JSON.parse(place.querySelector("script").textContent);
  const key = `wherry-${list.id}`;
  const script = document.currentScript.src;
  const served = performance.getEntriesByType("navigation")[0]?.serverTiming?.some((one) => one.name === "wherry-portal");
  const api = new URL("/v1/portal/pilots", location.href);
  const CLOSED = ["done", "signed", "not_applicable"];
  const GAP = 300; // seconds without this page that are asked about
  let log = null;
  let tag = null; // of the file as this page last read or wrote it
  let unsaved = false; // what was imported, and not written since
  let yaml;

  const now = () => `${new Date().toISOString().slice(0, 19)}Z`;
  const seconds = (from, to) => Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 1000));
  const running = () => Boolean(log?.work.length) && !log.work.at(-1).to;
  const worked = (moment = now()) => log.work.reduce((sum, span) => sum + seconds(span.from, span.to ?? moment), 0);
  const entry = (id) => log?.items.find((one) => one.id === id);
  const isClosed = (id) => CLOSED.includes(entry(id)?.status);
  const two = (number) => String(number).padStart(2, "0");
  const shown = (all) => {
    if (all < 60) return `${all} s`;
    if (all < 3600) return `${Math.floor(all / 60)} min ${two(all % 60)} s`;
    return `${Math.floor(all / 3600)} h ${two(Math.floor((all % 3600) / 60))} min`;
  };
  const element = (name, more = {}, ...children) => {
    const made = Object.assign(document.createElement(name), more);
    made.append(...children);
    return made;
  };
  const field = (name, label, more = {}) => element("label", {}, label, element("input", { name, autocomplete: "off", ...more }));
  const button = (text, act) => {
    const made = element("button", { type: "button", className: "md-button", textContent: text });
    made.addEventListener("click", act);
    return made;
  };

  // --- the panel ---------------------------------------------------------------------------------------------------
  const team = field("team", "Team", { placeholder: "agentos-core", pattern: "[a-z][a-z0-9]*(-[a-z0-9]+)*", required: true });
  const project = field("project", "Project", { placeholder: "../agents", required: true });
  const clock = button("Start the clock", () => guarded(running() ? stop : start));
  const time = element("output", { className: "clock", textContent: "0 s" });
  const bar = element("progress", { max: list.items.length, value: 0 });
  bar.setAttribute("aria-label", "Items closed");
  const count = element("span");
  const said = element("p", { className: "said" });
  said.setAttribute("role", "status");
  const file = element("input", { type: "file", accept: ".yaml,.yml,.json" });
  const open = element("select");
  const known = element("label", { hidden: true }, "Logs of this project", open);
  const gap = element("p", { className: "gap", hidden: true });
  const form = element("form", { className: "controls" }, team, project, clock, known);
  const files = element(
    "div",
    { className: "controls" },
    button("Export YAML", () => guarded(save_file)),
    element("label", {}, "Import YAML", file),
    button("Forget it here", () => guarded(forget)),
  );
  const measured = element("p", {}, "Worked: ", time, ` of ${list.budget_minutes} min. `, bar, " ", count);
  place.append(form, measured, gap, files, said);
  place.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  file.addEventListener("change", () => file.files[0] && guarded(() => import_file(file.files[0])));
  open.addEventListener("change", () => open.value && guarded(() => read(open.value)));

  // --- under each item ---------------------------------------------------------------------------------------------
  const boxes = new Map();
  for (const item of list.items) {
    const box = element("div", { className: "item" });
    const state = element("p", { className: "state" });
    box.append(state);
    if (item.kind === "signed") box.append(signing(item));
    let last = document.getElementById(item.id);
    while (last.nextElementSibling && !/^H[12]$/.test(last.nextElementSibling.tagName)) last = last.nextElementSibling;
    last.after(box);
    boxes.set(item.id, { box, state });
  }

  function signing(item) {
    const wanted = element("form", { className: "controls" }, field("name", "Name", { required: true }));
    wanted.setAttribute("aria-label", `Sign: ${item.text}`);
    wanted.append(field("link", "Link that shows it", { required: true, size: 34 }), field("comment", "Comment"));
    wanted.append(element("button", { className: "md-button", textContent: "Sign" }));
    wanted.addEventListener("submit", (event) => {
      event.preventDefault();
      const { name, link, comment } = Object.fromEntries(new FormData(wanted));
      const signature = { role: item.role, name, date: now().slice(0, 10), link, ...(comment ? { comment } : {}) };
      guarded(() => close(item, { status: "signed", signature }));
    });
    const whole = element("details", {}, element("summary", { textContent: "Sign this item" }), wanted);
    if (!item.optional) return whole;
    const not = element("form", { className: "controls" }, field("name", "Name", { required: true }));
    not.setAttribute("aria-label", `Not applicable: ${item.text}`);
    not.append(field("reason", "Why it does not apply", { required: true, minLength: 10, size: 34 }));
    not.append(element("button", { className: "md-button", textContent: "Does not apply" }));
    not.addEventListener("submit", (event) => {
      event.preventDefault();
      const more = { ...Object.fromEntries(new FormData(not)), date: now().slice(0, 10) };
      guarded(() => close(item, { status: "not_applicable", ...more }));
    });
    whole.append(not);
    return whole;
  }

  function draw() {
    const closed = list.items.filter((item) => isClosed(item.id)).length;
    bar.value = closed;
    count.textContent = `${closed} of ${list.items.length} items closed`;
    clock.textContent = running() ? "Stop the clock" : "Start the clock";
    clock.disabled = Boolean(log?.finished);
    if (!running()) gap.hidden = true;
    tick();
    for (const item of list.items) {
      const { box, state } = boxes.get(item.id);
      const one = entry(item.id);
      box.dataset.status = one?.status ?? "open";
      const who = one?.signature ? `${one.signature.name} (${one.signature.role}), ${one.signature.date}: ${one.signature.link}` : "";
      const why = one?.status === "not_applicable" ? `${one.name}: ${one.reason}` : (one?.shown ?? []).at(-1) ?? "";
      const words = one ? `${one.status.replace("_", " ")} after ${shown(one.seconds)}. ${who || why}` : "Open.";
      const run = `wherry pilot done ${item.id}${log ? ` --team ${log.team}` : ""}`;
      state.replaceChildren(words);
      if (item.kind === "automatic" && !isClosed(item.id)) state.append(" A run decides: ", element("code", { textContent: run }));
    }
  }

  function tick() {
    if (!log) return;
    time.textContent = shown(worked());
    if (running() && gap.hidden) localStorage.setItem(`${key}-open`, now());
  }

  // A browser or a machine that ended took the page along, and the clock ran on: a person says whether that was work.
  function ask_about_the_gap(last) {
    // A command that wrote the log meanwhile says by then that somebody worked.
    const from = () => [last, log.work.at(-1).from, log.seen].sort().at(-1);
    if (!running() || !last || seconds(from(), now()) < GAP) return;
    const answer = (text, act) =>
      button(text, () => guarded(async () => {
        if (gap.hidden) return; // the log has changed, and its clock stands
        gap.hidden = true;
        await act().catch((error) => { gap.hidden = !running(); throw error; });
      }));
    gap.replaceChildren(
      `The clock ran on for ${shown(seconds(from(), now()))} while this page was closed. `,
      answer("Do not count it", () => change(() => Object.assign(log.work.at(-1), { to: from(), ended_by: "restart" }))),
      " ",
      answer("It was work", async () => tick()),
    );
    gap.hidden = false;
    localStorage.setItem(`${key}-open`, last); // asked again when this page is closed without an answer
  }

  // --- the log -----------------------------------------------------------------------------------------------------
  function begin() {
    if (!form.reportValidity()) return false;
    const moment = now();
    log = { schema: 1, team: form.team.value, checklist: list.id, project: form.project.value };
    log.environment = { wherry: list.wherry, python: "not told", system: "a browser" };
    Object.assign(log, { started: moment, seen: moment, work: [], items: [] });
    tag = null;
    return true;
  }

  async function start() {
    await change(() => (log || begin() ? resume() : false));
  }

  // What is not kept does not hold here either: this page shows what the file says.
  async function change(act) {
    if (!gap.hidden) throw new Error("Say first whether the time without this page was work.");
    const earlier = structuredClone(log);
    try {
      if (act() !== false) await keep();
    } catch (error) {
      log = earlier;
      draw();
      throw error;
    }
  }

  function resume() {
    const moment = now();
    if (!running()) log.work.push({ from: [moment, log.work.at(-1)?.to ?? moment].sort().at(-1) });
    log.seen = moment;
  }

  async function stop() {
    if (running()) await change(() => end("stop"));
  }

  function end(why) {
    const span = log.work.at(-1);
    const moment = now();
    Object.assign(span, { to: [moment, span.from].sort().at(-1), ended_by: why });
    log.seen = moment;
  }

  async function close(item, what) {
    await change(() => {
      if (!log && !begin()) throw new Error("Name team and project above, and start the clock.");
      resume();
      const before = entry(item.id);
      const unclaimed = Math.max(0, worked() - log.items.reduce((sum, one) => sum + one.seconds, 0));
      const made = { id: item.id, ...what, closed: now(), seconds: unclaimed + (before?.seconds ?? 0) };
      const { status } = made;
      Object.assign(made, before ? { attempts: (before.attempts ?? 1) + 1 } : {}, { status });
      if (before) log.items[log.items.indexOf(before)] = made;
      else log.items.push(made);
      if (list.items.every((one) => isClosed(one.id))) {
        end("finish");
        log.finished = log.seen;
      }
    });
    const panel = boxes.get(item.id).box.querySelector("details");
    if (panel.contains(document.activeElement)) panel.querySelector("summary").focus(); // what closes would lose it
    panel.open = false;
  }

  async function keep() {
    if (served) await write();
    unsaved = false;
    remember();
    draw();
    const where = served ? `Written to pilots/${log.team}.yaml.` : "Kept in this browser; export it to commit it.";
    tell(`${where} ${count.textContent}.`);
  }

  function remember() {
    localStorage.setItem(key, JSON.stringify({ log, tag, unsaved }));
  }

  async function forget() {
    localStorage.removeItem(key);
    [log, tag, unsaved] = [null, null, false];
    time.textContent = "0 s";
    draw();
    tell("Nothing is kept here any more; files stay as they are.");
  }

  function show(found) {
    if (found.team !== log?.team) gap.hidden = true; // it asked about another log
    log = found;
    form.team.value = log.team;
    form.project.value = log.project;
    draw();
  }

  // --- the portal --------------------------------------------------------------------------------------------------
  async function write() {
    const headers = { "Content-Type": "application/yaml", ...(tag ? { "If-Match": tag } : {}) };
    const answer = await fetch(`${api}/${log.team}`, { method: "PUT", headers, body: JSON.stringify(log) });
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${body.title}: ${body.detail}`);
    tag = answer.headers.get("ETag");
    log = body;
    await offer().catch(() => {}); // the log is written, whatever else there is
  }

  async function read(name) {
    const answer = await fetch(`${api}/${name}`, { headers: { Accept: "application/yaml" } });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    await take(answer);
    tell(`Read pilots/${name}.yaml. ${count.textContent}.`);
  }

  async function take(answer) {
    const found = await parsed(await answer.text());
    [tag, unsaved] = [answer.headers.get("ETag"), false];
    show(found);
    remember();
  }

  // What `wherry pilot done` has written since is taken over when somebody comes back to this page.
  async function renew() {
    if (!served || !tag || unsaved || document.hidden) return;
    const answer = await fetch(`${api}/${log.team}`, { headers: { Accept: "application/yaml" } });
    if (!answer.ok || answer.headers.get("ETag") === tag) return;
    await take(answer);
    tell(`pilots/${log.team}.yaml has changed, and was read again. ${count.textContent}.`);
  }

  async function offer() {
    const { pilots } = await (await fetch(api)).json();
    known.hidden = !pilots.length;
    open.replaceChildren(element("option", { value: "", textContent: "open one …" }));
    for (const one of pilots) open.append(element("option", { value: one.team, textContent: `${one.team} (${one.state})` }));
  }

  // --- files -------------------------------------------------------------------------------------------------------
  async function library() {
    if (!yaml) {
      const code = element("script", { src: new URL("vendor/js-yaml-4.3.2.min.js", script).href });
      await new Promise((loaded, failed) => {
        Object.assign(code, { onload: loaded, onerror: () => failed(new Error("The YAML reader did not load.")) });
        document.head.append(code);
      });
      yaml = window.jsyaml;
    }
    return yaml;
  }

  async function parsed(text) {
    if (/^<{7} /m.test(text)) throw new Error("Two versions stand in this file, between git's marks: keep each item once.");
    const { load, CORE_SCHEMA } = await library();
    const found = load(text, { schema: CORE_SCHEMA });
    if (!is_log(found)) throw new Error(`This is no log of the checklist “${list.id}”.`);
    return found;
  }

  function is_log(found) {
    const each = (all, fits) => Array.isArray(all) && all.every((one) => one && fits(one));
    return (
      found?.schema === 1 && found.checklist === list.id && typeof found.team === "string" &&
      each(found.items, (one) => typeof one.id === "string" && typeof one.status === "string" && one.seconds >= 0) &&
      each(found.work, (one) => Date.parse(one.from) > 0)
    );
  }

  async function import_file(given) {
    const found = await parsed(await given.text());
    show(found);
    [tag, unsaved] = [null, true];
    if (served) {
      const there = await fetch(`${api}/${log.team}`, { headers: { Accept: "application/yaml" } });
      tag = there.ok ? there.headers.get("ETag") : null;
    }
    remember();
    tell(`Imported ${given.name}. ${count.textContent}.`);
  }

  async function save_file() {
    if (!log) throw new Error("There is no log yet: start the clock first.");
    const { dump } = await library();
    // As `wherry pilot` writes it, so that a log that goes there and back differs by what was changed.
    const heading = "# Pilot log, written by `wherry pilot`. Its fields are described in contracts/pilot-log.schema.json.";
    const text = `${heading}\n${dump(log, { lineWidth: -1, noArrayIndent: true })}`;
    const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "application/yaml" })), download: `${log.team}.yaml` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    tell(`Exported ${log.team}.yaml: put it into pilots/ and commit it.`);
  }

  // --- talking -----------------------------------------------------------------------------------------------------
  function tell(text) {
    said.textContent = text;
    said.classList.remove("wrong");
  }

  // One thing after the other: an answer that is still under way would undo what was done meanwhile.
  let before = Promise.resolve();
  function guarded(act) {
    before = before.then(act).catch((error) => {
      tell(error.message);
      said.classList.add("wrong");
    });
    return before;
  }

  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(key));
    if (kept && !is_log(kept.log)) throw new Error("no log");
  } catch {
    kept = null;
    localStorage.removeItem(key); // an item that was cut off, or another program's
  }
  if (kept) {
    const last = localStorage.getItem(`${key}-open`); // before it is said anew
    [tag, unsaved] = [kept.tag, Boolean(kept.unsaved)];
    show(kept.log);
    ask_about_the_gap(last);
  } else draw();
  if (served) guarded(offer);
  if (kept) guarded(renew);
  document.addEventListener("visibilitychange", () => guarded(async () => log && renew()));
  setInterval(tick, 1000);
})();
