// Keyboard, help, theme, messages and breaks, on every page. Pages work without it; nothing here builds HTML from data.
"use strict";

const first = (selector, root = document) => root.querySelector(selector);
const FIELDS = "input:not([type=radio]):not([type=checkbox]), textarea, select, dialog, [contenteditable]";

const rows = [...document.querySelectorAll("[data-row]")];
let current = -1;

function choose(step) {
  if (!rows.length) return;
  rows[current]?.removeAttribute("aria-current");
  current = Math.min(rows.length - 1, Math.max(0, current + step));
  rows[current].setAttribute("aria-current", "true");
  first("a", rows[current])?.focus();
}

/** Press what carries the key: a field gets the focus, everything else is clicked. */
function press(element) {
  if (element.matches("input:not([type=radio]):not([type=checkbox]):not([type=submit]), textarea, select, [tabindex]")) element.focus();
  else element.click();
}

/** What pages add to the keys: name of the key to a function. */
const keys = {
  j: () => choose(1),
  k: () => choose(-1),
  x: () => {
    const box = rows.length ? first("[data-choose]", rows[Math.max(0, current)]) : null;
    if (!box) return false;
    box.checked = !box.checked;
  },
  "/": () => first("main form input:not([type=hidden]), main form select")?.focus(),
  "?": () => first("#help").showModal(),
  Enter: (event) => {
    if (!rows.length || event.target.closest("a, button, summary")) return false;
    first("a", rows[Math.max(0, current)]).click();
  },
};
window.earmark = { keys, first };

let waiting = false; // after g

function take(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && event.target.matches("input, textarea, select")) {
    event.target.blur();
    return;
  }
  if (event.target.closest(FIELDS)) return;
  if (event.key === " " && event.target.closest("button, a, summary, audio")) return;
  const name = waiting ? `g ${event.key}` : event.key;
  waiting = false;
  if (name === "g") {
    waiting = true;
    return;
  }
  const element = first(`[data-key="${CSS.escape(name)}"]:not(:disabled)`);
  if (element) press(element);
  else if (keys[name]) {
    if (keys[name](event) === false) return;
  } else return;
  event.preventDefault();
}

// Only when every script of the page has added its keys; those that early.js kept come first.
document.addEventListener("DOMContentLoaded", () => {
  document.removeEventListener("keydown", window.earmarkKeep);
  document.addEventListener("keydown", take);
  for (const event of window.earmarkTyped) take(event);
});

first("[data-help]")?.addEventListener("click", keys["?"]);

first("[data-theme-switch]")?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("earmark-theme", root.dataset.theme);
  document.dispatchEvent(new Event("earmark-theme"));
});

// A message is told once: it goes from the address, so that a reload does not tell it again.
if (first("[data-flash]")) {
  const address = new URL(location.href);
  address.searchParams.delete("said");
  address.searchParams.delete("about");
  history.replaceState(null, "", address);
}

// After a long spell without a pause of ten minutes, suggest a break. Nothing is recorded; it stays in this browser.
const SPELL_MS = 50 * 60_000, PAUSE_MS = 10 * 60_000;
if (first("[data-break]")) {
  const now = Date.now();
  const last = Number(localStorage.getItem("earmark-last") || 0);
  if (now - last > PAUSE_MS) localStorage.setItem("earmark-spell", String(now));
  localStorage.setItem("earmark-last", String(now));
  const spell = now - Number(localStorage.getItem("earmark-spell") || now);
  if (spell > SPELL_MS) first("[data-break]").hidden = false;
  first("[data-break] button").addEventListener("click", () => {
    localStorage.setItem("earmark-spell", String(Date.now()));
    first("[data-break]").hidden = true;
  });
}
