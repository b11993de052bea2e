// Hearing: the waveform with the likelihood over it, and the keys that go with it. Nothing plays by itself.
"use strict";
{
  const { keys, first } = window.earmark;
  const VOLUME = 0.5; // reviewers listen to noise and to loud masters: never start at full volume

  function draw(canvas, data, position) {
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const duration = data.duration || 1;
    pen.fillStyle = style.getPropertyValue("--wave");
    data.peaks.forEach((peak, index) => {
      const tall = Math.max(1, (peak / 255) * (height - 20));
      pen.fillRect((index / data.peaks.length) * width, (height - tall) / 2, Math.max(1, width / data.peaks.length), tall);
    });
    for (const [start, end, probability] of data.segments) {
      const tall = probability * height;
      pen.fillStyle = style.getPropertyValue("--heat");
      pen.globalAlpha = 0.2;
      pen.fillRect((start / duration) * width, height - tall, ((end - start) / duration) * width - 1, tall);
      pen.globalAlpha = 0.9;
      pen.fillRect((start / duration) * width, height - tall, ((end - start) / duration) * width - 1, 2);
      pen.globalAlpha = 1;
    }
    pen.fillStyle = style.getPropertyValue("--ink");
    pen.fillRect((position / duration) * width, 0, 2, height);
  }

  function setUp(player) {
    const data = JSON.parse(player.dataset.player);
    const audio = first("audio", player), canvas = first("canvas", player);
    const spectrum = first("[data-spectrum]", player), cursor = first("[data-cursor]", player);
    let until = Infinity;
    const redraw = () => {
      draw(canvas, data, audio.currentTime);
      if (cursor) cursor.style.left = `${(100 * audio.currentTime) / (data.duration || 1)}%`;
    };
    const play = (start, end) => {
      until = end;
      audio.currentTime = start;
      audio.play();
    };
    audio.addEventListener("timeupdate", () => {
      if (audio.currentTime >= until) {
        until = Infinity;
        audio.pause();
      }
      redraw();
    });
    for (const place of [canvas, spectrum]) {
      place?.addEventListener("click", (event) => {
        const { left, width } = place.getBoundingClientRect();
        play(((event.clientX - left) / width) * data.duration, Infinity);
      });
    }
    const buttons = [...player.querySelectorAll("[data-play]")];
    for (const button of buttons) {
      button.addEventListener("click", () => play(Number(button.dataset.play), Number(button.dataset.until)));
    }
    new ResizeObserver(redraw).observe(canvas);
    document.addEventListener("earmark-theme", redraw);
    let next = 0;
    return {
      audio,
      toggle: () => (audio.paused ? audio.play() : audio.pause()),
      nextSegment: () => buttons.length && buttons[next++ % buttons.length].click(),
      step: (seconds) => (audio.currentTime = Math.max(0, audio.currentTime + seconds)),
    };
  }

  for (const audio of document.querySelectorAll("audio")) audio.volume = VOLUME;
  const players = [...document.querySelectorAll("[data-player]")].map(setUp);
  const inUse = () => players.find((player) => !player.audio.paused) || players[0];

  keys[" "] = () => inUse()?.toggle();
  keys.s = () => inUse()?.nextSegment();
  keys.ArrowLeft = () => inUse()?.step(-5);
  keys.ArrowRight = () => inUse()?.step(5);

  // One thing is heard at a time; of a pair the other one runs along in silence.
  document.addEventListener("play", (event) => {
    const pair = event.target.closest("[data-pair]");
    for (const audio of document.querySelectorAll("audio")) if (audio !== event.target && !pair?.contains(audio)) audio.pause();
  }, true);
}
