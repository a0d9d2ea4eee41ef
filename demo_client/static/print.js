/** Prints one part of the page by itself. */

import { $$ } from "./page.js";

export async function printOnly(part) {
  const sheet = document.createElement("div");
  sheet.className = "sheet";
  sheet.append(part.cloneNode(true));
  document.body.append(sheet);
  await Promise.all($$("img", sheet).map((image) => image.decode()));
  globalThis.print();
  sheet.remove();
}
