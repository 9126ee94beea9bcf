ARG VERSION=20
FROM docker.io/library/node:${VERSION}-slim AS source
WORKDIR /app
COPY package.json package-lock.json* ./
# A program that depends on nothing needs no npm.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=extra-ca,target=/run/extra-ca.pem \
  if [ -f /run/extra-ca.pem ]; then export NODE_EXTRA_CA_CERTS=/run/extra-ca.pem; fi; \
  if node -e 'const p = require("./package.json"); process.exit(["dependencies", "devDependencies", "optionalDependencies", "workspaces"].some((name) => Object.keys(p[name] ?? {}).length > 0) ? 1 : 0)'; then :; \
  elif [ -f package-lock.json ]; then npm ci --no-audit --no-fund; else npm install --no-audit --no-fund; fi
COPY . .

FROM source AS test
RUN if node -e 'process.exit(require("./package.json").scripts?.test ? 0 : 1)'; then npm test; fi

FROM source
RUN if node -e 'process.exit(require("./package.json").scripts?.build ? 0 : 1)'; then npm run build; fi; \
  if node -e 'process.exit(require("./package.json").devDependencies ? 0 : 1)'; then npm prune --omit=dev --no-audit --no-fund; fi
ENV NODE_ENV=production PORT=8080 PATH=/app/node_modules/.bin:$PATH
EXPOSE 8080
# The user `node` of the image.
USER 1000
# The start script without npm around it, which would keep signals to itself.
CMD ["sh", "-c", "script=$(node -p 'require(\"./package.json\").scripts?.start ?? \"node .\"') && exec sh -c \"$script\""]
