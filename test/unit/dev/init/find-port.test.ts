import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { findPort } from "../../../../src/dev/init/find-port.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

const portIn = (files: Readonly<Record<string, string>>): ReturnType<typeof findPort> => {
  const folder = temporaryFolder();
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return findPort(folder, Object.keys(files));
};

describe("the port that a program listens on", () => {
  test.each([
    ["server.js", "\nhttp.createServer(answer).listen(3000);", 3000, "server.js:2"],
    ["server.js", "server.listen({ host: '0.0.0.0', port: 3001 })", 3001, "server.js:1"],
    ["server.ts", "const port = Number(process.env.PORT ?? 4000);\nserver.listen(port);", 4000, "server.ts:1"],
    ["server.js", "app.listen(process.env.PORT || '5050')", 5050, "server.js:1"],
    ["app.py", 'port = int(os.environ.get("PORT", "8000"))', 8000, "app.py:1"],
    ["app.py", "app.run(host='0.0.0.0', port=5001)", 5001, "app.py:1"],
    ["main.py", 'HTTPServer(("", 9000), Handler).serve_forever()', 9000, "main.py:1"],
    ["main.go", 'log.Fatal(http.ListenAndServe(":8081", nil))', 8081, "main.go:1"],
    ["Procfile", "web: uvicorn app:app --port 7000", 7000, "Procfile:1"],
  ])("is found in %s: %s", async (file, text, number, by) => {
    expect(await portIn({ [file]: text })).toMatchObject({ number, by, isGiven: text.includes("PORT") });
  });

  test("is the one that is listened on, not one that is called", async () => {
    const files = {
      "client.js": "const port = 5432; connect({ port: 5432 });",
      "server.js": "createServer(answer).listen(8080);",
    };
    expect(await portIn(files)).toMatchObject({ number: 8080, by: "server.js:1" });
  });

  test("is not one of a test, and no number that is no port", async () => {
    const files = { "server.test.js": "server.listen(1234);", "server.js": "server.listen(99999);" };
    expect(await portIn(files)).toBeUndefined();
  });
});
