// A lesson with mistakes: each stands in its place with its line, and the rest of the page is there.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { OUT, ROOT, stage } from "./harness.mjs";

const { withNotebook } = stage();
const READ = join(OUT, "lessons");

before(() => {
  const tool = ["run", "--quiet", "--locked", "--package", "stride-lesson", "--features", "read", "--bin", "lessons", "--"];
  execFileSync("cargo", [...tool, "build", join(ROOT, "tests", "e2e", "lessons"), READ], { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
});

test("mistakes stand in their places, and the page works", async () => {
  const json = readFileSync(join(READ, "broken.json"), "utf8");
  await withNotebook({ query: "?device=cpu", route: "#/" }, async ({ page }) => {
    await page.route("**/lessons/broken.json", (route) => route.fulfill({ body: json, contentType: "application/json" }));
    await page.goto(`${page.url().split("#")[0]}#/broken`);
    await page.getByText("The last word.").waitFor();
    const mistakes = await page.locator(".error").allInnerTexts();
    const expected = [
      [12, "'widgit' is no cell"],
      [15, "the widget 'curves' cannot use what it is given"],
      [19, "cannot be read"],
      [21, "missing field"],
      [25, "no widget is named 'nothing'; there are:"],
      [28, "this experiment cannot run"],
    ];
    assert.equal(mistakes.length, expected.length, mistakes.join("\n"));
    for (const [index, [line, words]] of expected.entries()) {
      assert.ok(mistakes[index].includes(`Line ${line} of this lesson`) && mistakes[index].includes(words), mistakes[index]);
    }
    assert.equal(await page.locator("math").count(), 1);
  });
});
