import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import { type Fields, endToEnd, fieldsOf, groupFields } from "./fields.ts";

export type ClientResponse = ServerResponse | Http2ServerResponse;

/** Answers with a short plain text. What has begun already is broken off instead. */
export const respond = (response: ClientResponse, status: number, text: string, fields: Fields = []): void => {
  if (response.headersSent) {
    breakOff(response);
    return;
  }
  const body = Buffer.from(text === "" ? "" : `${text}\n`);
  response.statusCode = status;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.setHeader("content-length", String(body.length));
  setFields(response, fields);
  response.end(body);
};

/** Ends an answer so that the client cannot take it for a whole one. */
export const breakOff = (response: ClientResponse): void => {
  if (isHttp2(response)) {
    if (!response.stream.destroyed) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  } else {
    response.destroy();
  }
};

/** Gives a backend's answer to the client as it comes. */
export const relay = (answer: IncomingMessage, response: ClientResponse, change: (fields: Fields) => Fields): void => {
  response.statusCode = answer.statusCode ?? 502;
  if (!isHttp2(response)) response.statusMessage = answer.statusMessage ?? "";
  setFields(response, change(endToEnd(fieldsOf(answer.rawHeaders))));
  // Nobody waits for the first byte of a body to learn that there is going to be one.
  if (isHttp2(response)) response.writeHead(response.statusCode);
  else response.flushHeaders();
  answer.pipe(response, { end: false });
  answer.once("end", () => {
    if (answer.rawTrailers.length > 0) addTrailers(response, fieldsOf(answer.rawTrailers));
    response.end();
  });
  answer.once("error", () => breakOff(response));
  answer.once("close", () => {
    if (!answer.complete) breakOff(response);
  });
};

export const isHttp2 = (response: ClientResponse): response is Http2ServerResponse => "stream" in response;

const setFields = (response: ClientResponse, fields: Fields): void => {
  for (const [name, values] of groupFields(fields)) {
    const [only = ""] = values;
    response.setHeader(name, values.length === 1 ? only : values);
  }
};

const addTrailers = (response: ClientResponse, fields: Fields): void => {
  response.addTrailers(Object.fromEntries(fields.filter(([name]) => name !== "__proto__")));
};
