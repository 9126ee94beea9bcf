const assert = require("node:assert/strict");
const { test } = require("node:test");
const { greeting } = require("./greeting.js");

test("greets by name", () => assert.equal(greeting("Ada"), "Hello, Ada!"));
test("greets those who have none", () => assert.equal(greeting("  "), "Hello, stranger!"));
