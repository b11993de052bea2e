// A case in hand: kept while somebody works on it, given back when the page is left. Digits propose the usual reason.
"use strict";
{
  const { first } = window.earmark;
  const EXTEND_MS = 60_000;
  const claim = first("[data-claim]");
  const form = first("[data-decide]");
  let active = true;
  let leaving = true;

  if (claim) {
    for (const kind of ["keydown", "pointermove", "pointerdown", "wheel", "play", "timeupdate"]) {
      document.addEventListener(kind, () => (active = true), { capture: true, passive: true });
    }
    setInterval(async () => {
      if (!active || document.hidden) return;
      active = false;
      const answer = await fetch(`${claim.dataset.claim}/claim`, { method: "POST" });
      if (answer.status !== 409) return;
      claim.hidden = true;
      first("[data-claim-lost]").hidden = false;
    }, EXTEND_MS);
    addEventListener("pagehide", () => {
      if (leaving) navigator.sendBeacon(`${claim.dataset.claim}/release`, new URLSearchParams({ token: claim.dataset.token }));
    });
    form?.addEventListener("submit", () => (leaving = false)); // the decision gives it back itself
  }

  if (form) {
    const reason = first("select[name=reason]", form);
    for (const radio of form.querySelectorAll("[data-usual]")) {
      radio.addEventListener("change", () => (reason.value = radio.dataset.usual));
    }
    first("[data-benign]", form).addEventListener("click", () => {
      first("input[name=action][value=none]", form).checked = true;
      reason.value = "reviewed_benign";
    });
  }
}
