// The console's behaviour: player, keyboard, help. Pages work without it; nothing here builds HTML from data.
"use strict";

const VOLUME = 0.5; // reviewers listen to noise and to loud masters: never start at full volume
const first = (selector, root = document) => root.querySelector(selector);

function drawPlayer(canvas, data, position) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const draw = canvas.getContext("2d");
  draw.scale(scale, scale);
  const style = getComputedStyle(document.documentElement);
  const wave = style.getPropertyValue("--wave"), hot = style.getPropertyValue("--hot");
  const duration = data.duration || 1;
  draw.fillStyle = wave;
  data.peaks.forEach((peak, index) => {
    const tall = Math.max(1, (peak / 255) * (height - 20));
    draw.fillRect((index / data.peaks.length) * width, (height - tall) / 2, Math.max(1, width / data.peaks.length), tall);
  });
  for (const [start, end, probability] of data.segments) {
    draw.globalAlpha = 0.35;
    draw.fillStyle = hot;
    const tall = probability * height;
    draw.fillRect((start / duration) * width, height - tall, ((end - start) / duration) * width - 1, tall);
    draw.globalAlpha = 1;
  }
  draw.fillStyle = style.getPropertyValue("--ink");
  draw.fillRect((position / duration) * width, 0, 2, height);
}

function setUpPlayer(player) {
  const data = JSON.parse(player.dataset.player);
  const audio = first("audio", player), canvas = first("canvas", player);
  let until = Infinity;
  const redraw = () => drawPlayer(canvas, data, audio.currentTime);
  const play = (start, end) => {
    until = end;
    audio.currentTime = start;
    audio.play();
  };
  audio.volume = VOLUME;
  audio.addEventListener("timeupdate", () => {
    if (audio.currentTime >= until) {
      until = Infinity;
      audio.pause();
    }
    redraw();
  });
  canvas.addEventListener("click", (event) => play((event.offsetX / canvas.clientWidth) * data.duration, Infinity));
  const buttons = [...player.querySelectorAll("[data-play]")];
  for (const button of buttons) {
    button.addEventListener("click", () => play(Number(button.dataset.play), Number(button.dataset.until)));
  }
  new ResizeObserver(redraw).observe(canvas);
  let next = 0;
  return {
    toggle: () => (audio.paused ? audio.play() : audio.pause()),
    nextSegment: () => buttons.length && buttons[next++ % buttons.length].click(),
  };
}

const players = [...document.querySelectorAll("[data-player]")].map(setUpPlayer);
const rows = [...document.querySelectorAll("[data-row]")];
let current = -1;

function choose(step) {
  if (!rows.length) return;
  rows[current]?.removeAttribute("aria-current");
  current = Math.min(rows.length - 1, Math.max(0, current + step));
  rows[current].setAttribute("aria-current", "true");
  first("a", rows[current]).focus();
}

const keys = {
  j: () => choose(1),
  k: () => choose(-1),
  " ": () => players[0]?.toggle(),
  n: () => players[0]?.nextSegment(),
  r: () => first("select[name=reason]")?.focus(),
  d: () => first("[data-decide]")?.requestSubmit(),
  u: () => first("[data-undo]")?.click(),
  q: () => first("[data-queue]")?.click(),
  "?": () => first("#help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio]), textarea, select, audio, dialog")) return;
  if (event.key === " " && event.target.closest("button, a, summary")) return;
  const action = /^[1-5]$/.test(event.key) ? document.querySelectorAll("input[name=action]")[event.key - 1] : null;
  if (action) action.checked = true;
  else if (keys[event.key]) keys[event.key]();
  else return;
  event.preventDefault();
});

first("[data-help]")?.addEventListener("click", keys["?"]);
