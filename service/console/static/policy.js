// A pack is checked while it is written; what is wrong is listed, and a click goes to the place.
"use strict";
{
  const { first } = window.earmark;
  const PAUSE_MS = 400;
  const form = first("[data-policy]");
  const text = first("textarea", form), list = first("[data-problems]", form);

  function goTo(line, column = 1) {
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    text.focus();
    text.setSelectionRange(start, start);
    text.scrollTop = Math.max(0, (line - 4) * (text.scrollHeight / lines.length));
  }

  function show(problems) {
    list.replaceChildren();
    if (!problems.length) {
      const good = document.createElement("p");
      good.className = "tag good";
      good.textContent = "Sound: form, facts, types, clauses and tests.";
      list.append(good);
    }
    for (const one of problems) {
      const row = document.createElement("p"), place = document.createElement(one.line ? "button" : "span");
      if (one.line) {
        place.type = "button";
        place.addEventListener("click", () => goTo(one.line, one.column));
      }
      place.textContent = one.line ? `line ${one.line}` : "the pack";
      row.append(place, ` ${one.rule ? `${one.rule}: ` : ""}${one.message}${one.hint ? `. ${one.hint}` : ""}`);
      list.append(row);
    }
  }

  let waiting = 0, asked = 0;
  async function check() {
    const mine = ++asked;
    const body = new URLSearchParams({ source: form.elements.source.value, text: text.value });
    const answer = await fetch("/console/policy/check", { method: "POST", body });
    if (mine === asked && answer.ok) show((await answer.json()).problems);
  }
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(check, PAUSE_MS);
  });
  if (Number(text.dataset.line)) goTo(Number(text.dataset.line));
  check();
}
