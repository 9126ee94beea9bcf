// ES modules as they are: https://jestjs.io/docs/ecmascript-modules
export default { transform: {}, testTimeout: 60_000 };
