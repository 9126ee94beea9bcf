ARG VERSION=20
FROM docker.io/library/node:${VERSION}-slim AS source
WORKDIR /app
COPY package.json package-lock.json* ./
RUN if [ -f package-lock.json ]; then npm ci --no-audit --no-fund; else npm install --no-audit --no-fund; fi
COPY . .

FROM source AS test
RUN npm test --if-present

FROM source
RUN npm run build --if-present && npm prune --omit=dev --no-audit --no-fund
ENV NODE_ENV=production PORT=8080
EXPOSE 8080
# The user `node` of the image.
USER 1000
CMD ["sh", "-c", "if node -e 'process.exit(require(\"./package.json\").scripts?.start ? 0 : 1)'; then exec npm start --silent; else exec node .; fi"]
