// The pages work without this. It follows what happens: told that something has changed, it asks for the page
// again and puts the new content in the place of the old, without taking away what a person is typing,
// has chosen or opened, or has scrolled to.
"use strict";

document.documentElement.classList.add("js");

const pause = 1000; // between two updates, in milliseconds
let source, due, busy, again, held;

const inForm = (e) => e instanceof Element && e.closest("form") && e.matches("input, select, textarea");
// isFilled tells whether a field is not as the page had it.
const isFilled = (e) => e instanceof HTMLSelectElement ? e.selectedIndex !== Math.max(0, [...e.options].findIndex((o) => o.defaultSelected))
  : e.type === "checkbox" ? e.checked !== e.defaultChecked : e.value !== e.defaultValue;
const isBusy = () => {
  const main = document.querySelector("main");
  return inForm(document.activeElement) || String(getSelection()) !== "" || [...main.querySelectorAll("form :is(input, select, textarea)")].some(isFilled) || main.querySelector(".confirm[open]");
};

// same returns how to find what an element has become in new content: what has its id, or leads where it leads, or is
// called as it is.
function same(e, main) {
  const key = (e) => e.id ? "#" + e.id : e.tagName + " " + (e.getAttribute("href") ?? e.getAttribute("aria-label") ?? e.textContent.trim());
  const called = key(e);
  const alike = () => [...main.querySelectorAll("a, button, summary, input, select, [tabindex]")].filter((o) => key(o) === called);
  const place = alike().indexOf(e);
  return () => alike()[place];
}

// keep notes what the page would lose by new content, and returns how to restore it.
function keep(main) {
  const spots = [...main.querySelectorAll("[id]:not(.l)")].map((e) => [e.id, e.scrollLeft, e.scrollTop, e.scrollHeight - e.clientHeight - e.scrollTop < 8, e.open]);
  const focus = document.activeElement && main.contains(document.activeElement) ? document.activeElement : null;
  const become = focus && same(focus, main);
  return () => {
    for (const [id, left, top, atEnd, open] of spots) {
      const e = document.getElementById(id);
      if (!e) continue;
      if (open !== undefined) e.open = open;
      e.scrollLeft = left;
      e.scrollTop = atEnd && "tail" in e.dataset ? e.scrollHeight : top;
    }
    const before = new Set(spots.map(([id]) => id));
    for (const e of main.querySelectorAll("[data-tail]")) if (!before.has(e.id)) e.scrollTop = e.scrollHeight;
    if (!focus) return;
    const e = become();
    if (e) e.focus({ preventScroll: true });
  };
}

// say tells how the page follows.
function say(how, lost) {
  const sign = document.querySelector(".live");
  sign.hidden = false;
  sign.textContent = how;
  sign.classList.toggle("off", Boolean(lost));
}

async function update() {
  if (held || busy) { again = true; return; }
  if (isBusy()) { say("waits for you"); later(); return; }
  busy = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Update": "1" } });
    if (answer.ok && !isBusy()) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = document.querySelector("main"), next = page.querySelector("main");
      if (next && !isBusy()) {
        const restore = keep(main);
        main.replaceChildren(...next.childNodes);
        restore();
        prepare(main);
        document.title = page.title;
        say("live");
      }
    }
  } catch { /* the server is away; the events tell when it is back */ }
  busy = false;
  if (again) { again = false; later(); }
}

// hold stops following, or goes on with it.
function hold(e) {
  held = !held;
  e.target.textContent = held ? "▶ Follow" : "❚❚ Hold";
  say(held ? "held" : "live", held);
  if (!held && again) { again = false; update(); }
}

function later() {
  if (!due) due = setTimeout(() => { due = 0; update(); }, pause);
}

function follow() {
  const where = document.body.dataset.live;
  if (!where || source) return;
  source = new EventSource(where);
  source.addEventListener("changed", later);
  source.addEventListener("open", () => {
    if (!held) say("live");
    later(); // what has changed since the page was made, or the events were lost, nobody has told
  });
  source.addEventListener("error", () => say("not connected", true));
}

// A page that nobody sees does not hold a connection: browsers have few for each server.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { if (source) source.close(); source = undefined; return; }
  follow();
});

function ago(seconds) {
  if (seconds < 60) return seconds.toFixed(1) + " s";
  const s = Math.floor(seconds), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
  return h ? `${h} h ${m} min` : `${m} min ${s % 60} s`;
}

const skew = Date.now() - Date.parse(document.body.dataset.now); // of this machine's clock and the server's
setInterval(() => {
  for (const e of document.querySelectorAll("[data-since]")) e.textContent = ago(Math.max(0, (Date.now() - skew - Date.parse(e.dataset.since)) / 1000));
}, 1000);

function prepare(root) {
  if (root.querySelector("[data-again]")) later(); // it was not all there
  for (const e of root.querySelectorAll("[data-submit]")) e.addEventListener("change", () => e.form.requestSubmit());
}

document.addEventListener("keydown", (e) => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || inForm(e.target)) return;
  const search = document.querySelector("input[type=search]");
  if (search) { e.preventDefault(); search.focus(); search.select(); }
});

prepare(document);
const tab = document.querySelector(".tabs [aria-current]");
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 40;
for (const e of document.querySelectorAll("[data-newest]")) e.scrollLeft = e.scrollWidth;
for (const e of document.querySelectorAll("[data-tail]")) if (!location.hash) e.scrollTop = e.scrollHeight;
for (const e of document.querySelectorAll(".hold")) { e.hidden = false; e.addEventListener("click", hold); }
follow();
