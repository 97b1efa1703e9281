// Keeps the live part of a page true while something starts or stops, and says so aloud.
// Everything works without it: the page then shows the state of its last load.
"use strict";

const SOON = 1500; // ms while something is under way
const LATER = 60000; // ms otherwise: for relative times
const LATEST = 30000; // ms between tries when the portal does not answer

const live = document.querySelector("[data-live]");
const announcer = document.getElementById("announcer");
let timer;
let failures = 0;
let leaving = false;

const states = () =>
  new Map([...live.querySelectorAll("[data-key]")].map((each) => [each.dataset.key, each.dataset]));

function announce(before, after) {
  const news = [...after]
    .filter(([key, { state }]) => before.has(key) && before.get(key).state !== state)
    .map(([, { name, state }]) => `${name} is ${state}.`);
  if (news.length) announcer.textContent = news.join(" ");
}

function replace(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const known = document.createElement("template");
  known.innerHTML = live.innerHTML;
  if (fresh.innerHTML.trim() === known.innerHTML.trim()) return;
  const before = new Map([...states()].map(([key, data]) => [key, { ...data }]));
  const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
  live.replaceChildren(fresh.content);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  announce(before, states());
}

// Nobody should lose a question that is open, or the form that is on its way.
const busy = () => leaving || document.querySelector(":popover-open");

async function update() {
  if (document.hidden || busy()) return schedule();
  try {
    const answer = await fetch(live.dataset.live, {
      headers: { "X-XSRFToken": document.body.dataset.xsrf },
    });
    if (answer.status === 403) {
      announcer.classList.remove("unseen");
      announcer.textContent = "You are signed out. Reload the page to sign in again.";
      return;
    }
    const html = await answer.text();
    if (answer.ok && !busy()) replace(html);
    failures = answer.ok ? 0 : failures + 1;
  } catch (error) {
    console.warn("the portal does not answer", error);
    failures += 1;
  }
  schedule();
}

function schedule() {
  const unsettled = live.querySelector("[data-unsettled=yes]");
  const usual = unsettled ? SOON : LATER;
  clearTimeout(timer);
  timer = setTimeout(update, failures ? Math.min(SOON * 2 ** failures, LATEST) : usual);
}

// A button that was pressed says so and cannot be pressed twice.
document.addEventListener("submit", ({ submitter }) => {
  leaving = true;
  if (!submitter) return;
  if (submitter.dataset.busy) submitter.textContent = submitter.dataset.busy;
  setTimeout(() => (submitter.disabled = true));
});

if (live) {
  schedule();
  document.addEventListener("visibilitychange", () => document.hidden || update());
}
