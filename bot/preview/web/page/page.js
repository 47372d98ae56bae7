// Shows a play and passes on what is done. It holds no words of its own and decides nothing.
"use strict";

const LOOK_EVERY = 700; // milliseconds: a saved file shows within a second
const $ = (id) => document.getElementById(id);
const word = (name) => $("words-of-the-page").content.querySelector(`[data-for=${name}]`).textContent;
const wide = window.matchMedia("(min-width: 48.01rem)");

let spoken = {}; // the page's own words, in the language of those round the table
let play = null; // what is shown, as the program said it
let waiting = Promise.resolve(); // one request after the other

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const found = answer.status === 200 || answer.status >= 400 && answer.status !== 404 ? await answer.json() : {};
  return { status: answer.status, ...found };
}

function inTurn(work) {
  waiting = waiting.then(work).catch(() => say(word("gone")));
  return waiting;
}

function say(words) {
  if ($("said").textContent !== words) $("said").textContent = words;
}

// --- what is asked of the program ---------------------------------------------------------------

function begin() {
  return inTurn(async () => {
    const form = new FormData($("scene"));
    const scene = { flow: form.get("flow"), language: form.get("language"), young: Boolean(form.get("young")) };
    keepAddress(scene);
    take(await ask("plays", scene), { anew: true });
  });
}

function act(what, then) {
  return inTurn(async () => {
    if (!play) return;
    const found = await ask(`plays/${play.id}`, what);
    if (found.status === 404) return void begin();
    take(found, {});
    if (found.status === 200 && then) then(found);
  });
}

// A second tap on the same button says nothing new while the first is on its way.
function tap(button) {
  if (button.dataset.sent) return;
  button.dataset.sent = "yes";
  act({ do: "tap", value: button.dataset.name }).then(() => delete button.dataset.sent);
}

function look() {
  return inTurn(async () => {
    if (document.hidden) return;
    if (!play) return void (await tryAgain());
    const found = await ask(`plays/${play.id}?revision=${play.revision}`);
    if (found.status === 404) return void begin();
    if ($("said").textContent === word("gone")) say("");
    if (found.status === 200) take(found, { saved: true });
  });
}

async function tryAgain() {
  // The files could not be used when the page was opened; perhaps they can by now.
  const form = new FormData($("scene"));
  const scene = { flow: form.get("flow"), language: form.get("language"), young: Boolean(form.get("young")) };
  take(await ask("plays", scene), { anew: true });
}

function take(found, { anew, saved }) {
  if (found.status !== 200) {
    if (found.wrong) mistakes(found.wrong, found.ideas);
    if (found.problem) say(found.problem);
    return;
  }
  const typing = document.activeElement === $("words");
  const changed = saved && !found.wrong.length;
  if (!saved) say(found.said || "");
  if (saved) say(changed ? word("changed") : "");
  play = found;
  speak(found.words);
  mistakes(found.wrong, found.ideas);
  plainer(found.hard);
  draw(changed);
  if (!saved && !anew && !typing) focusNewest();
}

// --- what is shown ------------------------------------------------------------------------------

function draw(changed) {
  const chat = $("chat");
  chat.lang = play.language;
  chat.dir = play.direction;
  const before = chat.scrollHeight;
  // Taps stand under the message they answer, as on the phone.
  const lines = play.lines.filter((line) => line.did !== "tap");
  lines.forEach((line, place) => {
    const old = chat.children[place];
    const kind = line.who === "bot" ? "bot" : line.did === "waits" ? "glance" : line.who;
    const fits = old && old.dataset.kind === kind && old.dataset.step === line.step;
    const shown = fits ? old : $(kind).content.firstElementChild.cloneNode(true);
    if (!fits) {
      shown.dataset.kind = kind;
      shown.dataset.step = line.step;
      if (old) old.replaceWith(shown); else chat.append(shown);
      speakIn(shown);
    }
    fill(shown, line, changed && fits);
  });
  while (chat.children.length > lines.length) chat.lastElementChild.remove();
  if (!changed && chat.scrollHeight !== before) showNewest(chat);
  $("clock").textContent = play.now;
  const lacks = $("lacks");
  lacks.hidden = !play.lacks.length;
  lacks.querySelector("ul").replaceChildren(...play.lacks.map(item));
  $("step").replaceChildren(...play.steps.map((step) => new Option(`${step.name}: \u2068${step.words}\u2069`, step.name, false, step.name === $("step").value)));
}

// To the end, but never past the beginning of what is to be read first.
function showNewest(chat) {
  const first = newest();
  const top = first ? first.offsetTop - chat.offsetTop - 8 : chat.scrollHeight;
  chat.scrollTop = Math.min(chat.scrollHeight - chat.clientHeight, top);
}

function newest() {
  const open = [...$("chat").querySelectorAll("article")].filter((one) => one.querySelector(".row"));
  return open[0] || $("chat").lastElementChild;
}

function fill(shown, line, changed) {
  const text = shown.querySelector(".text");
  const unchanged = text.textContent === line.text;
  if (!unchanged) text.textContent = line.text;
  shown.classList.toggle("fresh", Boolean(changed) && !unchanged);
  if (line.who !== "bot") return;
  const parts = { why: line.why || "", chosen: line.chosen || "", file: line.file };
  for (const [name, words] of Object.entries(parts)) {
    const part = shown.querySelector(`.${name}`);
    if (part.textContent !== words) part.textContent = words;
  }
  keys(shown.querySelector(".keys"), line.rows);
  const otherwise = shown.querySelector(".otherwise");
  otherwise.hidden = line.act === null || line.rows.length > 0;
  otherwise.onclick = () => act({ do: "otherwise", value: String(line.act) });
  const same = shown.querySelector(".same");
  same.hidden = !line.waits.length;
  same.title = line.waits.join(", ");
  same.onclick = () => act({ do: "same", value: line.step });
  shown.querySelector(".note").hidden = !line.file;
  shown.querySelector(".note").ontoggle = (event) => opened(event.target);
  shown.querySelector(".note form").onsubmit = (event) => note(event, line.step);
  const notes = shown.querySelector(".notes");
  notes.hidden = !line.notes.length;
  notes.replaceChildren(...line.notes.map((one) => item([spoken[one.kind] || one.kind, one.words, one.earlier ? `(${word("earlier")})` : ""].filter(Boolean).join(" · "))));
}

function keys(box, rows) {
  const had = box.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  if (box.dataset.rows === JSON.stringify(rows)) return;
  box.dataset.rows = JSON.stringify(rows);
  box.replaceChildren(...rows.map((row) => {
    const shown = document.createElement("div");
    shown.className = "row";
    shown.append(...row.map(({ label, name }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.dataset.name = name;
      button.onclick = () => tap(button);
      return button;
    }));
    return shown;
  }));
  if (had) box.querySelector(`[data-name="${CSS.escape(had)}"]`)?.focus();
}

function mistakes(wrong, ideas) {
  listed("mistakes", "wrong", wrong.map((what, place) => [what, ideas[place] || ""]));
}

function plainer(hard) {
  listed("findings", "hard", hard);
}

function listed(box, list, told) {
  $(box).hidden = !told.length;
  if ($(list).dataset.told !== JSON.stringify(told)) {
    $(list).dataset.told = JSON.stringify(told);
    $(list).replaceChildren(...told.map(([what, idea]) => {
      const shown = item(what);
      if (idea && idea.trim()) {
        const words = document.createElement("div");
        words.className = "idea";
        words.textContent = idea.trim();
        shown.append(words);
      }
      return shown;
    }));
  }
  room();
}

// The boxes above take their room from the phone, which stays whole on the screen.
function room() {
  const boxes = ["mistakes", "findings"].map($).filter((box) => !box.hidden);
  const taken = boxes.reduce((sum, box) => sum + box.offsetHeight + 12, 0);
  document.documentElement.style.setProperty("--taken", `${taken}px`);
}

// The words for those round the table, in their language; those of the tools stay in English.
function speak(words) {
  if (JSON.stringify(words) === JSON.stringify(spoken)) return;
  spoken = words;
  speakIn(document);
  $("chat").setAttribute("aria-label", words.conversation);
}

function speakIn(place) {
  for (const one of place.querySelectorAll("[data-word]")) {
    one.textContent = spoken[one.dataset.word];
    one.lang = play.language;
    one.dir = play.direction;
  }
  for (const one of place.querySelectorAll(".notes")) one.setAttribute("aria-label", spoken.notes);
}

function item(words) {
  const shown = document.createElement("li");
  shown.textContent = words;
  return shown;
}

function focusNewest() {
  // Where a button was ticked and is still there, whoever tapped it goes on from it.
  const here = document.activeElement;
  if (here && here.closest(".keys")) return;
  newest()?.focus({ preventScroll: true });
}

// Below the edge of the phone nobody would see it open.
function opened(details) {
  if (!details.open) return;
  details.querySelector("form").scrollIntoView({ block: "nearest", behavior: "instant" });
  details.querySelector("input").focus({ preventScroll: true });
}

function note(event, step) {
  event.preventDefault();
  const form = event.target, given = new FormData(form);
  act({ do: "note", step, kind: given.get("kind"), words: given.get("words") }, () => {
    form.reset();
    form.closest("details").open = false;
    form.closest("details").querySelector("summary").focus();
    say(spoken.kept);
  });
}

// --- the page itself ----------------------------------------------------------------------------

function keepAddress(scene) {
  const address = new URLSearchParams({ flow: scene.flow, language: scene.language });
  if (scene.young) address.set("young", "yes");
  if ($("large").checked) address.set("text", "large");
  history.replaceState(null, "", `?${address}`);
}

function fromAddress() {
  const address = new URLSearchParams(location.search);
  for (const name of ["flow", "young"]) {
    const found = document.querySelector(`#scene [name=${name}][value="${CSS.escape(address.get(name) || "")}"]`);
    if (found) found.checked = true;
  }
  $("language").value = address.get("language") || "en";
  if (!$("language").value) $("language").value = "en";
  $("large").checked = address.get("text") === "large";
  large();
}

function large() {
  document.documentElement.classList.toggle("large", $("large").checked);
}

async function open() {
  $("tools").open = wide.matches;
  const found = await (await fetch("languages")).json();
  $("language").replaceChildren(...found.map(({ code, name }) => new Option(`${name} (${code})`, code)));
  fromAddress();
  $("scene").onchange = (event) => {
    if (event.target === $("large")) {
      large();
      return void keepAddress({ ...Object.fromEntries(new FormData($("scene"))) });
    }
    begin();
  };
  $("scene").onsubmit = (event) => event.preventDefault();
  $("anew").onclick = begin;
  $("back").onclick = () => act({ do: "back" });
  $("hello").onclick = () => act({ do: "hello" });
  submitted("go", () => act({ do: "go", value: $("step").value }));
  submitted("save", () => act({ do: "save", value: $("name").value }));
  submitted("say", () => {
    const words = $("words").value;
    if (!words.trim()) return;
    act({ do: "says", value: words }, () => { $("words").value = ""; });
  });
  await begin();
  setInterval(look, LOOK_EVERY);
}

function submitted(name, work) {
  $(name).onsubmit = (event) => {
    event.preventDefault();
    work();
  };
}

open().catch(() => say(word("gone")));
