export const lengthOf = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
};

export const varintField = (field: number, value: number): Buffer =>
  Buffer.concat([lengthOf(field * 8), lengthOf(value)]);

export const doubleField = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([lengthOf(field * 8 + 1), bytes]);
};

export const bytesField = (field: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([lengthOf(field * 8 + 2), lengthOf(bytes.length), bytes]);
};

/** The body of a request with an object that has these fields. */
export const envelope = (apiVersion: string, kind: string, ...fields: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from("k8s\0"),
    bytesField(1, Buffer.concat([bytesField(1, apiVersion), bytesField(2, kind)])),
    bytesField(2, Buffer.concat(fields)),
  ]);
