ARG VERSION=22
FROM docker.io/library/node:${VERSION}-slim AS source
WORKDIR /app
COPY package.json package-lock.json* ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=extra-ca,target=/run/extra-ca.pem \
  if [ -f /run/extra-ca.pem ]; then export NODE_EXTRA_CA_CERTS=/run/extra-ca.pem; fi; \
  if [ -f package-lock.json ]; then npm ci --no-audit --no-fund; else npm install --no-audit --no-fund; fi
COPY . .

FROM source AS test
RUN CI=true npm test --if-present

FROM source AS build
RUN npm run build && mv "$([ -d build ] && echo build || echo dist)" /site

FROM docker.io/library/nginx:1.26
# Addresses of a single-page application that are no files are the application's.
RUN printf 'server {\n  listen 80;\n  root /usr/share/nginx/html;\n  location / { try_files $uri /index.html; }\n}\n' > /etc/nginx/conf.d/default.conf
COPY --from=build /site /usr/share/nginx/html/
EXPOSE 80
