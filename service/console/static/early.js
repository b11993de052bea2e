// Keys typed while the page still loads are kept and taken up once it listens, so that a fast hand loses none.
"use strict";
window.earmarkTyped = [];
window.earmarkKeep = (event) => window.earmarkTyped.push(event);
document.addEventListener("keydown", window.earmarkKeep);
