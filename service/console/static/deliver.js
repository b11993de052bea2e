// Large files go ahead as resumable uploads (tus 1.0); the form then names them. Without this script the form sends all.
"use strict";

const LARGE = 16 * 1024 * 1024;
const PIECE = 4 * 1024 * 1024;
const TRIES = 8;
const TUS = { "Tus-Resumable": "1.0.0" };

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Ask until there is an answer; what the service refused is told as it says. */
async function ask(address, request) {
  for (let tried = 1; ; tried += 1) {
    try {
      const answer = await fetch(address, request());
      if (answer.ok || answer.status === 409) return answer;
      if (answer.status < 500 && answer.status !== 429) throw new Error((await answer.json().catch(() => ({}))).detail || `It answered ${answer.status}.`);
      if (tried === TRIES) throw new Error(`It answered ${answer.status}.`);
    } catch (error) {
      if (tried === TRIES || !(error instanceof TypeError)) throw error;
    }
    await pause(Math.min(8000, 300 * 2 ** tried));
  }
}

/** Send one file in pieces, from wherever the service stands; the id of the upload. */
async function upload(file, told) {
  const begun = await ask("/console/deliver/uploads", () => ({
    method: "POST",
    headers: { ...TUS, "Upload-Length": file.size, "Upload-Metadata": `filename ${base64(file.name)}` },
  }));
  const address = begun.headers.get("Location");
  let offset = 0;
  while (offset < file.size) {
    const answer = await ask(address, () => ({
      method: "PATCH",
      headers: { ...TUS, "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" },
      body: file.slice(offset, offset + PIECE),
    })); // after a break the service stands further on than this, and says so with a 409
    offset = Number(answer.headers.get("Upload-Offset"));
    told(offset);
  }
  return address.split("/").pop();
}

for (const form of document.querySelectorAll("form[data-deliver]")) {
  form.addEventListener("submit", async (event) => {
    const input = form.querySelector("input[type=file]");
    const large = [...input.files].filter((file) => file.size >= LARGE);
    if (!large.length) return;
    event.preventDefault();
    const [button, bar, fault] = ["button", "progress", "[data-fault]"].map((one) => form.querySelector(one));
    button.disabled = true;
    fault.hidden = true;
    bar.hidden = false;
    try {
      const whole = large.reduce((sum, file) => sum + file.size, 0);
      let before = 0;
      for (const file of large) {
        const named = document.createElement("input");
        named.type = "hidden";
        named.name = input.name === "audio" ? "audio_upload" : "upload";
        named.value = await upload(file, (sent) => { bar.value = (100 * (before + sent)) / whole; });
        form.append(named);
        before += file.size;
      }
      const rest = new DataTransfer();
      for (const file of input.files) if (file.size < LARGE) rest.items.add(file);
      input.required = false;
      input.files = rest.files;
      if (!rest.files.length) input.disabled = true;
      form.submit();
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
      button.disabled = false;
      for (const named of form.querySelectorAll("input[type=hidden]")) named.remove();
    }
  });
}
