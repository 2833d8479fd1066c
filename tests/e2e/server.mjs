// A file server as plain as any: it shows a folder under a path, and can be told to fail. It knows nothing of the notebook.

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve, sep } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** The file under `folder` that a path of the address means, or nothing. */
function fileFor(folder, path) {
  const file = normalize(join(folder, path.endsWith("/") ? `${path}index.html` : path));
  if (!file.startsWith(folder + sep)) return undefined;
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? { file, size: stat.size } : undefined;
}

/**
 * Serves `folder` under `base` (which begins and ends with a slash) at a free port of this machine.
 * While `server.refuses(path)` is true of a path below the base, that path answers 503.
 */
export async function serve(folder, base) {
  const root = resolve(folder);
  const handle = { refuses: () => false };
  const http = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const below = path.startsWith(base) ? path.slice(base.length - 1) : undefined;
    const found = below && fileFor(root, below);
    if (below && handle.refuses(below)) response.writeHead(503).end("unavailable");
    else if (!found) response.writeHead(404).end("not found");
    else {
      response.writeHead(200, { "content-type": TYPES[extname(found.file)] ?? "application/octet-stream", "content-length": found.size });
      createReadStream(found.file).pipe(response);
    }
  });
  await new Promise((resolve, reject) => http.once("error", reject).listen(0, "127.0.0.1", resolve));
  handle.origin = `http://127.0.0.1:${http.address().port}`;
  handle.address = handle.origin + base;
  handle.close = () => {
    http.closeAllConnections?.();
    return new Promise((resolve) => http.close(resolve));
  };
  return handle;
}
