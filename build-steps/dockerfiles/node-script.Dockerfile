ARG VERSION=20
FROM docker.io/library/node:${VERSION}-slim
WORKDIR /app
COPY . .
ENV NODE_ENV=production PORT=8080
EXPOSE 8080
# The user `node` of the image.
USER 1000
CMD ["sh", "-c", "for file in server.js server.mjs index.js index.mjs; do [ -f $file ] && exec node $file; done; echo 'there is no server.js and no index.js' >&2; exit 1"]
