import http from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export interface Barrier extends AsyncDisposable {
  readonly url: string;
  /** What was said at a point, in the order of arrival. */
  said(point: string): readonly unknown[];
}

/**
 * Holds back whoever comes to a point (the path of a POST) until as many have come as are expected; then each is told what all
 * of them have said. So everybody is at the same point at once, or nobody gets past it.
 */
export const startBarrier = async (expected: number): Promise<Barrier> => {
  const points = new Map<string, { readonly said: unknown[]; readonly held: http.ServerResponse[] }>();
  const server = http.createServer((request, response) => {
    void json(request).then((said) => {
      const name = request.url ?? "";
      const point = points.get(name) ?? { said: [], held: [] };
      points.set(name, point);
      point.said.push(said);
      point.held.push(response);
      if (point.said.length < expected) return;
      for (const one of point.held.splice(0)) one.end(JSON.stringify(point.said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    said: (point) => points.get(point)?.said ?? [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
