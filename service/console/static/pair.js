// Two recordings in step: both run, one is heard, one key switches. B runs at A's speed, so that they stay together.
"use strict";
{
  const { keys, first } = window.earmark;
  const APART_S = 0.08; // beyond this an ear hears the jump when it switches

  /** Where B is when A is at a second: by the stretch in common that is nearest. */
  function inB(plan, at) {
    let best = [0, 0, 0, 0], distance = Infinity;
    for (const one of plan.segments) {
      const away = Math.max(one[0] - at, at - one[1], 0);
      if (away < distance) [best, distance] = [one, away];
    }
    return best[2] + (at - best[0]) * plan.speed;
  }

  function inA(plan, at) {
    let best = [0, 0, 0, 0], distance = Infinity;
    for (const one of plan.segments) {
      const away = Math.max(one[2] - at, at - one[3], 0);
      if (away < distance) [best, distance] = [one, away];
    }
    return best[0] + (at - best[2]) / plan.speed;
  }

  function setUp(root) {
    const plan = JSON.parse(root.dataset.pair);
    const a = first("[data-side=a]", root), b = first("[data-side=b]", root), said = first("[data-heard]", root);
    let heard = a;
    const other = () => (heard === a ? b : a);
    b.defaultPlaybackRate = b.playbackRate = plan.speed;
    b.preservesPitch = plan.keepsPitch;
    b.muted = true;

    const align = () => {
      const silent = other();
      const at = heard === a ? inB(plan, a.currentTime) : inA(plan, b.currentTime);
      if (at >= 0 && Math.abs(silent.currentTime - at) > APART_S) silent.currentTime = at;
    };
    const hear = (one) => {
      heard = one;
      one.muted = false;
      other().muted = true;
      said.textContent = `You hear ${one === a ? "A" : "B"}.`;
    };
    const play = () => {
      align();
      for (const one of [a, b]) one.play().catch(() => {});
    };
    for (const one of [a, b]) {
      one.addEventListener("play", () => {
        if (other().paused && heard !== one) hear(one);
        if (one !== heard || !other().paused) return;
        hear(one);
        play();
      });
      one.addEventListener("pause", () => one === heard && other().pause());
      one.addEventListener("seeked", () => one === heard && align());
      one.addEventListener("timeupdate", () => one === heard && !one.paused && align());
      one.addEventListener("error", () => (said.textContent = `${one === a ? "A" : "B"} cannot be played: its audio is not kept any more.`));
    }
    const start = () => (plan.segments.length && !a.currentTime && !b.currentTime ? from(plan.segments[0][0]) : play());
    const from = (at) => {
      a.currentTime = at;
      b.currentTime = Math.max(0, inB(plan, at));
      hear(heard);
      play();
    };
    const change = () => {
      if (heard.paused) return start();
      align();
      hear(other());
    };
    first("[data-switch]", root).addEventListener("click", change);
    for (const button of root.querySelectorAll("[data-from]")) {
      button.addEventListener("click", () => from(Number(button.dataset.from)));
    }
    return { change, start, pause: () => heard.pause(), playing: () => !heard.paused };
  }

  const pairs = [...document.querySelectorAll("[data-pair]")].map(setUp);
  let last = pairs[0];
  const inUse = () => (last = pairs.find((pair) => pair.playing()) || last);
  const space = keys[" "];

  keys.a = () => inUse()?.change();
  keys[" "] = () => {
    const pair = pairs.find((one) => one.playing());
    if (pair) pair.pause();
    else if (first("[data-player]")) space();
    else inUse()?.start();
  };
}
