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
    // the decision gives it back itself; a preview opens beside it
    form?.addEventListener("submit", (event) => (leaving = event.submitter?.formTarget === "_blank"));
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

    const template = first("[data-template]", form), message = first("textarea[name=message]", form);
    if (template) {
      // A template is filled in by the server for these cases, action and clause; what somebody wrote is never replaced.
      let filled = "";
      const fill = async () => {
        if (message.value !== filled) return;
        const about = new URLSearchParams(new FormData(form));
        const answer = template.value ? await fetch("/console/messages/fill", { method: "POST", body: about }) : null;
        filled = message.value = answer?.ok ? await answer.text() : "";
      };
      for (const name of ["message_template", "action", "policy_clause"]) {
        for (const field of form.querySelectorAll(`[name=${name}]`)) field.addEventListener("change", fill);
      }

      // Templates that fit the reason come first to mind; the others stay there.
      const offer = () => {
        for (const one of template.options) one.hidden = Boolean(reason.value && one.dataset.reasons && !one.dataset.reasons.split(" ").includes(reason.value));
      };
      reason.addEventListener("change", offer);
      form.addEventListener("change", offer);
    }

    const others = first("[data-others]", form);
    const boxes = [...document.querySelectorAll("input[name=other]")];
    for (const box of boxes) box.addEventListener("change", () => others && (others.open = boxes.some((one) => one.checked)));
  }
}
