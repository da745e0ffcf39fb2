// The panel on the quickstart page: the canonical fixture as a stream of events. On a portal that `wherry portal serve`
// serves, it runs on the live runtime; on a host that only serves files, the recorded stream is played.
(() => {
  const place = document.querySelector(".live");
  if (!place) return;
  const recorded = JSON.parse(place.querySelector("script").textContent);
  const served = performance.getEntriesByType("navigation")[0]?.serverTiming?.some((one) => one.name === "wherry-portal");
  if (!served && !recorded.length) return;
  const PIECES = ["RunContent", "TeamRunContent"];
  const LONGEST_WAIT = 400; // ms between two recorded events: nobody wants to wait for a slow disk again
  let source = null;
  let timer = null;
  let row = null; // the row that grows while pieces of one answer come

  const element = (name, more = {}, ...children) => {
    const made = Object.assign(document.createElement(name), more);
    made.append(...children);
    return made;
  };
  const about = served
    ? "Run it here: an agent, a team and a workflow against a scripted model. Each event is drawn as it comes."
    : "What a run of an agent, a team and a workflow looks like, played as it was recorded. On your own portal it runs live.";
  const go = element("button", { type: "button", className: "md-button", textContent: served ? "Run it now" : "Play the recording" });
  const end = element("button", { type: "button", className: "md-button", textContent: "Stop", disabled: true });
  const said = element("p", { className: "said" });
  said.setAttribute("role", "status");
  said.setAttribute("aria-live", "polite");
  const list = element("ol", { className: "events", hidden: true, tabIndex: 0 });
  list.setAttribute("aria-label", "Events");
  place.append(element("p", {}, about), element("p", {}, go, " ", end), said, list);
  place.hidden = false;
  go.addEventListener("click", () => begin(served ? live : play));
  end.addEventListener("click", () => finish("Stopped."));

  function begin(how) {
    list.replaceChildren();
    list.hidden = false;
    [go.disabled, end.disabled] = [true, false];
    row = null;
    said.textContent = served ? "The runtime starts …" : "Playing the recording …";
    how();
  }

  function finish(text) {
    source?.close();
    clearTimeout(timer);
    source = null;
    [go.disabled, end.disabled] = [false, true];
    said.textContent = text;
  }

  function live() {
    source = new EventSource("/v1/portal/live");
    source.onmessage = (message) => draw(JSON.parse(message.data));
    source.onerror = () => finish("The portal gave no answer, or runs two already. Try again in a moment.");
  }

  function play() {
    const next = (number, before) => {
      const line = recorded[number];
      draw(line);
      if (line.end) return;
      const after = recorded[number + 1];
      const wait = Math.min(LONGEST_WAIT, Math.max(0, (after.ms ?? before) - before));
      timer = setTimeout(() => next(number + 1, after.ms ?? before), wait);
    };
    next(0, recorded.find((line) => "ms" in line)?.ms ?? 0);
  }

  function draw(line) {
    if (line.error) return finish(line.error);
    const events = list.querySelectorAll("li[data-event]").length;
    if (line.end) return finish(`The run has ended: ${events} lines drawn.`);
    if (line.case) {
      said.textContent = `${line.kind}: ${line.asked}`;
      row = null;
      return add(element("li", { className: "case" }, element("strong", { textContent: line.kind }), ` ${line.asked}`));
    }
    if (PIECES.includes(line.event)) {
      if (!line.text) return undefined;
      if (row?.dataset.who !== line.who) row = null;
      if (row) row.lastChild.textContent += line.text;
      else row = add(made(line));
      return undefined;
    }
    row = null;
    if (line.event.endsWith("RunCompleted") || line.event === "WorkflowCompleted") said.textContent = `${line.who}: ${line.text}`;
    return add(made(line));
  }

  function made(line) {
    const one = element("li", {}, element("code", { textContent: line.event }), " ", element("span", { className: "who", textContent: line.who }), " ");
    one.append(element("span", { textContent: line.text }));
    Object.assign(one.dataset, { event: line.event, who: line.who });
    return one;
  }

  function add(one) {
    const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
    list.append(one);
    if (atEnd) list.scrollTop = list.scrollHeight;
    return one;
  }
})();
