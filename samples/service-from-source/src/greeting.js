/** What the service says to somebody. */
exports.greeting = (name) => `Hello, ${name.trim() === "" ? "stranger" : name.trim()}!`;
