// Light or dark as chosen last; otherwise as the system has it. Runs before the page is drawn, so that nothing flashes.
"use strict";
{
  const chosen = localStorage.getItem("earmark-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
