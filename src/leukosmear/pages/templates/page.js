"use strict";
// Everything can be read without this script; it opens what a link points to, and all but long lists before printing.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) { target.open = true; target.scrollIntoView(); }
}
addEventListener("hashchange", openTarget);
openTarget();
addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details:not(.long)")) one.open = true; });
